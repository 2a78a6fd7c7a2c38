//! The thread that reads: it takes requests, says no, answers pings, and notices the host's end.
//!
//! It never waits for Python. When the host's side of the socket closes, the process ends there and
//! then, whatever the driver is doing.

use std::io::BufReader;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Instant;

use eigen_worker_core::frame::{Broken, FrameReader, MAX_FIRST_FRAME};
use eigen_worker_core::message::{Hello, Pong, ToWorker, code, from_worker::Answer, to_worker::Request};
use eigen_worker_core::{Cancelled, Refusal};

use crate::call::Call;
use crate::event_loop::{self, Job};
use crate::pinger;
use crate::process;
use crate::worker::{Work, Worker};

/// All requests that are open may hold as many bytes as this many frames of the longest kind.
const FRAMES_HELD: usize = 8;

const BUFFER: usize = 64 << 10;

/// Reads until the end. The first message, which has to be `Hello`, goes to `first`.
pub fn read(worker: &Arc<Worker>, socket: UnixStream, first: &SyncSender<(u64, Hello)>) {
    let mut frames = FrameReader::new(BufReader::with_capacity(BUFFER, socket), MAX_FIRST_FRAME);
    let ended = begin(worker, &mut frames, first).and_then(|pings| {
        let mut reader = Reader { worker, pings, ending: false };
        loop {
            let (message, bytes) = frames.read()?;
            reader.take(message, bytes);
        }
    });
    match ended {
        Ok(()) | Err(Broken::Closed) => process::exit(0),
        Err(broken) => {
            eprintln!("the host's bytes cannot be read: {broken:?}");
            process::exit(1)
        }
    }
}

fn begin(
    worker: &Arc<Worker>,
    frames: &mut FrameReader<BufReader<UnixStream>>,
    first: &SyncSender<(u64, Hello)>,
) -> Result<SyncSender<u64>, Broken> {
    let (ToWorker { id, request }, _) = frames.read()?;
    let Some(Request::Hello(hello)) = request else {
        worker.refuse(id, code::FAILED_PRECONDITION, "the first message has to be `Hello`");
        worker.outbox.flush();
        process::exit(1);
    };
    let max_frame = hello.max_frame_bytes as usize;
    frames.set_max(max_frame);
    worker.requests().set_max_bytes(max_frame.saturating_mul(FRAMES_HELD));
    let pings = pinger::start(worker).map_err(Broken::Io)?;
    if first.send((id, hello)).is_err() {
        process::exit(1);
    }
    Ok(pings)
}

struct Reader<'a> {
    worker: &'a Arc<Worker>,
    pings: SyncSender<u64>,
    /// `Shutdown` has come.
    ending: bool,
}

impl Reader<'_> {
    fn take(&mut self, ToWorker { id, request }: ToWorker, bytes: usize) {
        let call = match request {
            Some(Request::Ping(ping)) => return self.ping(id, ping.through_python),
            Some(Request::CancelRequest(cancel)) => return self.cancel(cancel.id),
            Some(Request::Initialize(request)) => Call::Initialize(request),
            Some(Request::GetDevices(_)) => Call::GetDevices,
            Some(Request::GetDeviceStatus(request)) => Call::GetDeviceStatus(request),
            Some(Request::Execute(request)) => Call::Execute(request),
            Some(Request::Poll(request)) => Call::Poll(request),
            Some(Request::CancelJob(request)) => Call::CancelJob(request),
            Some(Request::Reconcile(request)) => Call::Reconcile(request),
            Some(Request::Calibrate(request)) => Call::Calibrate(request),
            Some(Request::GetHealth(_)) => Call::GetHealth,
            Some(Request::Shutdown(_)) => Call::Shutdown,
            Some(Request::Hello(_)) | None => {
                let message = "not a request that this worker knows at this point";
                return self.worker.refuse(id, code::FAILED_PRECONDITION, message);
            }
        };
        self.enqueue(id, call, bytes);
    }

    fn enqueue(&mut self, id: u64, call: Call, bytes: usize) {
        let Some(driver) = self.worker.driver.get() else {
            return self.worker.refuse(id, code::FAILED_PRECONDITION, "`Hello` is not answered yet");
        };
        if self.ending {
            return self.worker.refuse(id, code::ABORTED, "the worker is shutting down");
        }
        let opened = self.worker.requests().open(id, bytes);
        match opened {
            Ok(()) => {}
            Err(Refusal::Full | Refusal::Heavy) => {
                return self.worker.refuse(
                    id,
                    code::RESOURCE_EXHAUSTED,
                    "too many calls wait for the driver",
                );
            }
            Err(Refusal::BadId) => {
                eprintln!("the host used the id {id} twice");
                process::exit(1);
            }
        }
        if matches!(call, Call::Shutdown) {
            self.end(id);
        }
        let to_loop = driver.coroutines.contains(call.method());
        let work = Work { id, call, came: Instant::now() };
        if to_loop {
            event_loop::push(self.worker, Job::Call(Box::new(work)));
        } else {
            self.worker.pool.push(work);
        }
    }

    /// Nothing new from here on, and what has not started will not.
    fn end(&mut self, shutdown: u64) {
        self.ending = true;
        let dropped = self.worker.requests().drop_queued(shutdown);
        for id in dropped {
            self.worker.refuse(id, code::ABORTED, "the worker is shutting down");
        }
    }

    fn ping(&self, id: u64, through_python: bool) {
        if !through_python {
            return self.worker.send(id, Answer::Pong(Pong {}));
        }
        if let Err(TrySendError::Full(id) | TrySendError::Disconnected(id)) = self.pings.try_send(id) {
            self.worker.refuse(id, code::RESOURCE_EXHAUSTED, "too many pings wait for Python");
        }
    }

    fn cancel(&self, id: u64) {
        let cancelled = self.worker.requests().cancel(id);
        match cancelled {
            Cancelled::Dropped => self.worker.refuse(id, code::CANCELLED, "cancelled before it started"),
            Cancelled::OnLoop => event_loop::push(self.worker, Job::Cancel(id)),
            Cancelled::TooLate => {}
        }
    }
}
