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
use super::watchdog::{self, Allowance, Excess};
use super::way::{Way, wipe};
use super::wire::proto::from_worker::Answer;
use super::wire::proto::to_worker::Request;
use super::wire::proto::{CancelRequest, LogLine, Ping, Shutdown, ToWorker};
use super::wire::{self, WireError};
use crate::secrets::Veil;
use crate::telemetry::guest::GuestLog;
use crate::telemetry::metrics::WorkerGauge;

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
    /// What it may use of the machine.
    pub(super) allowance: Allowance,
    /// How often it is asked whether its interpreter runs; zero: never.
    pub(super) ping_interval: Duration,
    /// How long the answer may take.
    pub(super) ping_timeout: Duration,
}

/// Why a request has no answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// The worker was gone before it got the request; why.
    NotSent(String),
    /// The worker went with the request; why.
    Died(String),
    /// The worker was killed with the request, because it used too much; and what became of it.
    Over(Excess, String),
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
    fate: Arc<Fate>,
}

/// What became of a worker, for those who decide whether to start another.
#[derive(Debug, Default)]
pub(super) struct Fate {
    /// It has said who it is.
    greeted: AtomicBool,
    /// It has answered a call.
    worked: AtomicBool,
    /// It has ended unasked.
    died: AtomicBool,
}

impl Fate {
    /// It has answered a call.
    pub(super) fn note_work(&self) {
        self.worked.store(true, Ordering::Relaxed);
    }

    /// Whether it has answered a call.
    pub(super) fn has_worked(&self) -> bool {
        self.worked.load(Ordering::Relaxed)
    }

    /// Whether it has ended unasked.
    pub(super) fn has_died(&self) -> bool {
        self.died.load(Ordering::Relaxed)
    }
}

/// How a worker ended.
#[derive(Debug, Clone)]
struct End {
    why: String,
    over: Option<Excess>,
}

impl End {
    fn so(why: impl Into<String>) -> Self {
        Self { why: why.into(), over: None }
    }
}

struct Open {
    next: u64,
    /// It is about to end, and takes no more requests.
    ending: bool,
    /// By request; or why there will be no more.
    waiting: Result<HashMap<u64, oneshot::Sender<Answer>>, End>,
}

impl Worker {
    /// Starts a process. It knows nothing yet: `Hello` comes next.
    pub(super) async fn start(
        launch: &Launch,
        way: &Way,
        veil: &Veil,
        log: Arc<GuestLog>,
        gauge: WorkerGauge,
        bounds: Bounds,
    ) -> std::io::Result<Arc<Self>> {
        let (process, socket) = launch.start(&log, way, veil).await?;
        let (reader, writer) = socket.into_split();
        let (outgoing, queue) = mpsc::channel(QUEUE);
        let open = Mutex::new(Open { next: 1, ending: false, waiting: Ok(HashMap::new()) });
        let (kill, fate) = (CancellationToken::new(), Arc::default());
        let line = Arc::new(Line { bounds, veil: veil.clone(), outgoing, open, kill, fate });
        let retire = CancellationToken::new();
        tokio::spawn(write(writer, queue));
        tokio::spawn(live(Arc::clone(&line), process, reader, log, gauge, retire.clone()));
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

    /// What becomes of it.
    pub(super) fn fate(&self) -> &Arc<Fate> {
        &self.line.fate
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
        self.line.ask(request, deadline).await
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

    async fn ask(self: &Arc<Self>, request: Request, deadline: Instant) -> Result<Answer, Lost> {
        let (given_up, answer) = self.enter()?;
        let mut message = ToWorker { id: given_up.id, request: Some(request) };
        let frame = wire::frame(&message, self.bounds.frame);
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
        match tokio::time::timeout_at(deadline.into(), self.outgoing.send(frame)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Lost::NotSent(self.end().why)),
            Err(_) => {
                given_up.never_sent();
                return Err(Lost::Deadline);
            }
        }
        match tokio::time::timeout_at(deadline.into(), answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(match self.end() {
                End { why, over: Some(excess) } => Lost::Over(excess, why),
                End { why, over: None } => Lost::Died(why),
            }),
            Err(_) => Err(Lost::Deadline),
        }
    }

    fn enter(self: &Arc<Self>) -> Result<(Entry, oneshot::Receiver<Answer>), Lost> {
        let mut open = self.open();
        if open.ending && open.waiting.is_ok() {
            return Err(Lost::NotSent("it is ending".to_owned()));
        }
        let id = open.next;
        open.next += 1;
        let waiting = open.waiting.as_mut().map_err(|end| Lost::NotSent(end.why.clone()))?;
        let (sender, answer) = oneshot::channel();
        waiting.insert(id, sender);
        Ok((Entry { line: Arc::clone(self), id }, answer))
    }

    /// Hands an answer to whoever waits for it; whether anybody may.
    fn answer(&self, id: u64, answer: Answer) -> bool {
        self.fate.greeted.store(true, Ordering::Relaxed);
        let waiting = self.open().waiting.as_mut().ok().and_then(|waiting| waiting.remove(&id));
        // The caller may be gone: that is no mistake of the worker's.
        waiting.map(|waiting| waiting.send(answer)).is_some()
    }

    /// Takes no more requests, and tells those that wait.
    fn close(&self, why: End) {
        let waiting = std::mem::replace(&mut self.open().waiting, Err(why));
        drop(waiting);
    }

    fn end(&self) -> End {
        self.open().waiting.as_ref().err().cloned().unwrap_or_else(|| End::so("it is ending"))
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
    mut gauge: WorkerGauge,
    retire: CancellationToken,
) {
    // One and the same to the end: a frame that has come in part is not lost when the worker is retired.
    let listening = listen(&line, &mut reader, &log);
    tokio::pin!(listening);
    let mut unasked = true;
    let end = tokio::select! {
        biased;
        () = line.kill.cancelled() => End::so("it was killed: it did not give up a call, or broke the protocol"),
        end = &mut listening => End::so(end),
        excess = watchdog::excess(process.child.id(), line.bounds.allowance, &mut gauge) => {
            End { why: "it was killed: it used too much".to_owned(), over: Some(excess) }
        }
        () = stuck(&line) => End::so("it was killed: for `python.ping_timeout` it held the interpreter's lock"),
        () = retire.cancelled() => {
            unasked = false;
            let shutdown = ToWorker { id: SHUTDOWN, request: Some(Request::Shutdown(Shutdown {})) };
            if let Ok(frame) = wire::frame(&shutdown, line.bounds.frame) {
                let _ = line.outgoing.try_send(frame);
            }
            let _ = tokio::time::timeout(line.bounds.grace, &mut listening).await;
            End::so("it was shut down")
        }
    };
    // Those that wait are told once it is known how it ended.
    line.open().ending = true;
    line.fate.died.store(unasked, Ordering::Relaxed);
    gauge.ended(unasked);
    let _ = process.child.start_kill();
    let status = process.child.wait().await;
    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    line.close(End { why: format!("{} ({status})", end.why), ..end });
}

/// Waits until the interpreter does not answer any more, though its process does not end.
async fn stuck(line: &Arc<Line>) {
    let Bounds { ping_interval, ping_timeout, .. } = line.bounds;
    if ping_interval.is_zero() {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(ping_interval).await;
        if !line.fate.greeted.load(Ordering::Relaxed) {
            continue;
        }
        let ping = Request::Ping(Ping { through_python: true });
        // Whatever else can go wrong, the end of the process says it.
        if let Err(Lost::Deadline) = line.ask(ping, Instant::now() + ping_timeout).await {
            return;
        }
    }
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
