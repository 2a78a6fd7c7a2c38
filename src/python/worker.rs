//! One worker: its open requests, and its life.
//!
//! The invariants: every request gets an answer or learns why there is none; a request that its caller has given up
//! is either given up by the worker too, within the grace, or the worker is killed; nothing is sent to a worker that
//! is gone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::Level;

use super::process::{Launch, Process};
use super::way::{Way, wipe};
use super::wire::proto::from_worker::Answer;
use super::wire::proto::to_worker::Request;
use super::wire::proto::{CancelRequest, LogLine, Shutdown, ToWorker};
use super::wire::{self, WireError};
use crate::secrets::Veil;
use crate::telemetry::guest::GuestLog;

/// The request that ends a worker: nobody waits for its answer.
const SHUTDOWN: u64 = u64::MAX;
/// Frames that wait to be written; the socket holds more.
const QUEUE: usize = 1024;

/// Bounds of one worker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// The longest message, in bytes.
    pub(super) frame: usize,
    /// How long it may take to give up a call, or to shut down.
    pub(super) grace: Duration,
}

/// Why a request has no answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// The worker was gone before it got the request; why.
    NotSent(String),
    /// The worker went with the request; why.
    Died(String),
    /// The deadline passed.
    Deadline,
    /// The request is longer than a message may be.
    TooLong(WireError),
}

/// A live worker. When the last holder lets go of it, it is shut down.
pub(super) struct Worker {
    line: Arc<Line>,
    /// Lets the worker finish and end.
    retire: CancellationToken,
    outdated: AtomicBool,
}

/// What the holders of a worker share with the task that is its life.
struct Line {
    bounds: Bounds,
    veil: Veil,
    outgoing: mpsc::Sender<Bytes>,
    open: Mutex<Open>,
    kill: CancellationToken,
}

struct Open {
    next: u64,
    /// It is about to end, and takes no more requests.
    ending: bool,
    /// By request; or why there will be no more.
    waiting: Result<HashMap<u64, oneshot::Sender<Answer>>, String>,
}

impl Worker {
    /// Starts a process. It knows nothing yet: `Hello` comes next.
    pub(super) fn start(
        launch: &Launch,
        way: &Way,
        veil: &Veil,
        log: Arc<GuestLog>,
        bounds: Bounds,
    ) -> std::io::Result<Arc<Self>> {
        let (process, socket) = launch.start(&log, way, veil)?;
        let (reader, writer) = socket.into_split();
        let (outgoing, queue) = mpsc::channel(QUEUE);
        let open = Mutex::new(Open { next: 1, ending: false, waiting: Ok(HashMap::new()) });
        let kill = CancellationToken::new();
        let line = Arc::new(Line { bounds, veil: veil.clone(), outgoing, open, kill });
        let retire = CancellationToken::new();
        tokio::spawn(write(writer, queue));
        tokio::spawn(live(Arc::clone(&line), process, reader, log, retire.clone()));
        Ok(Arc::new(Self { line, retire, outdated: AtomicBool::new(false) }))
    }

    /// Whether it is to be replaced as soon as nobody uses it.
    pub(super) fn is_outdated(&self) -> bool {
        self.outdated.load(Ordering::Relaxed)
    }

    /// Lets it finish what it has begun, and gives it nothing new.
    pub(super) fn outdate(&self) {
        self.outdated.store(true, Ordering::Relaxed);
    }

    /// Whether it still takes requests.
    pub(super) fn is_alive(&self) -> bool {
        !self.line.open().ending
    }

    /// Kills it: what it says is not to be trusted.
    pub(super) fn condemn(&self) {
        self.line.open().ending = true;
        self.line.kill.cancel();
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn ask(&self, request: Request, deadline: Instant) -> Result<Answer, Lost> {
        let (given_up, answer) = self.line.enter()?;
        let mut message = ToWorker { id: given_up.id, request: Some(request) };
        let frame = wire::frame(&message, self.line.bounds.frame);
        if let Some(Request::Initialize(given)) = &mut message.request {
            wipe(&mut given.secrets);
        }
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                given_up.never_sent();
                return Err(Lost::TooLong(error));
            }
        };
        match tokio::time::timeout_at(deadline.into(), self.line.outgoing.send(frame)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Lost::NotSent(self.line.end())),
            Err(_) => {
                given_up.never_sent();
                return Err(Lost::Deadline);
            }
        }
        match tokio::time::timeout_at(deadline.into(), answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(Lost::Died(self.line.end())),
            Err(_) => Err(Lost::Deadline),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.retire.cancel();
    }
}

impl Line {
    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Self>) -> Result<(Entry, oneshot::Receiver<Answer>), Lost> {
        let mut open = self.open();
        if open.ending && open.waiting.is_ok() {
            return Err(Lost::NotSent("it is ending".to_owned()));
        }
        let id = open.next;
        open.next += 1;
        let waiting = open.waiting.as_mut().map_err(|end| Lost::NotSent(end.clone()))?;
        let (sender, answer) = oneshot::channel();
        waiting.insert(id, sender);
        Ok((Entry { line: Arc::clone(self), id }, answer))
    }

    /// Hands an answer to whoever waits for it; whether anybody may.
    fn answer(&self, id: u64, answer: Answer) -> bool {
        let waiting = self.open().waiting.as_mut().ok().and_then(|waiting| waiting.remove(&id));
        // The caller may be gone: that is no mistake of the worker's.
        waiting.map(|waiting| waiting.send(answer)).is_some()
    }

    /// Takes no more requests, and tells those that wait.
    fn close(&self, why: String) {
        let waiting = std::mem::replace(&mut self.open().waiting, Err(why));
        drop(waiting);
    }

    fn end(&self) -> String {
        self.open().waiting.as_ref().err().cloned().unwrap_or_else(|| "it is ending".to_owned())
    }
}

/// A request's place among the open ones. Dropped while the request is open, it is given up.
struct Entry {
    line: Arc<Line>,
    id: u64,
}

impl Entry {
    fn never_sent(&self) {
        let _ = self.line.open().waiting.as_mut().map(|waiting| waiting.remove(&self.id));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut open = self.line.open();
        let Ok(waiting) = &mut open.waiting else { return };
        let Some(entry) = waiting.get_mut(&self.id) else { return };
        let (sender, answer) = oneshot::channel();
        *entry = sender;
        drop(open);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(give_up(Arc::clone(&self.line), self.id, answer));
        } else {
            self.line.kill.cancel();
        }
    }
}

/// Tells the worker that nobody waits any more; if it goes on all the same, it is killed.
async fn give_up(line: Arc<Line>, id: u64, answer: oneshot::Receiver<Answer>) {
    let request = Some(Request::CancelRequest(CancelRequest { id }));
    let given_up = async {
        if let Ok(frame) = wire::frame(&ToWorker { id, request }, line.bounds.frame) {
            let _ = line.outgoing.send(frame).await;
        }
        let _ = answer.await;
    };
    if tokio::time::timeout(line.bounds.grace, given_up).await.is_err() {
        line.open().ending = true;
        line.kill.cancel();
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Bytes>) {
    while let Some(frame) = queue.recv().await {
        // The reader meets the end of the socket, and says so.
        if writer.write_all(&frame).await.is_err() {
            return;
        }
    }
}

/// From the start of the process to its end.
async fn live(
    line: Arc<Line>,
    mut process: Process,
    mut reader: OwnedReadHalf,
    log: Arc<GuestLog>,
    retire: CancellationToken,
) {
    // One and the same to the end: a frame that has come in part is not lost when the worker is retired.
    let listening = listen(&line, &mut reader, &log);
    tokio::pin!(listening);
    let end = tokio::select! {
        biased;
        () = line.kill.cancelled() => "it was killed: it did not give up a call, or broke the protocol".to_owned(),
        end = &mut listening => end,
        () = retire.cancelled() => {
            let shutdown = ToWorker { id: SHUTDOWN, request: Some(Request::Shutdown(Shutdown {})) };
            if let Ok(frame) = wire::frame(&shutdown, line.bounds.frame) {
                let _ = line.outgoing.try_send(frame);
            }
            let _ = tokio::time::timeout(line.bounds.grace, &mut listening).await;
            "it was shut down".to_owned()
        }
    };
    // Those that wait are told once it is known how it ended.
    line.open().ending = true;
    let _ = process.child.start_kill();
    let status = process.child.wait().await;
    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    line.close(format!("{end} ({status})"));
}

/// Reads answers until there are no more; why.
async fn listen(line: &Line, reader: &mut OwnedReadHalf, log: &GuestLog) -> String {
    let mut reader = tokio::io::BufReader::new(reader);
    loop {
        let message = match wire::read(&mut reader, line.bounds.frame, &line.veil).await {
            Ok(Some(message)) => message,
            Ok(None) => return "its process ended".to_owned(),
            Err(error) => return format!("it broke the protocol: {error}"),
        };
        match message.answer {
            Some(Answer::Log(said)) => say(log, &said),
            Some(answer) => {
                if !line.answer(message.id, answer) && message.id != SHUTDOWN {
                    return format!("it broke the protocol: no request {} is open", message.id);
                }
            }
            None => return "it broke the protocol: an answer says nothing".to_owned(),
        }
    }
}

fn say(log: &GuestLog, line: &LogLine) {
    let level = match line.level {
        0..20 => Level::DEBUG,
        20..30 => Level::INFO,
        30..40 => Level::WARN,
        _ => Level::ERROR,
    };
    let mut fields = vec![("logger".to_owned(), line.logger.clone())];
    for (key, value) in [("job_id", &line.job_id), ("traceback", &line.traceback)] {
        if !value.is_empty() {
            fields.push((key.to_owned(), value.clone()));
        }
    }
    log.line(level, &line.message, &fields);
}
