//! What the worker's threads share.

use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use eigen_worker_core::message::{self, Error, FromWorker, code, from_worker::Answer};
use eigen_worker_core::{Outbox, Overrun, Requests, WorkQueue, frame};

use crate::call::{Call, Driver};
use crate::event_loop::EventLoop;
use crate::process;

/// How many bytes wait for the writer before answers wait, too.
const OUTBOX: usize = 1 << 20;

/// A request on its way through the queues.
pub struct Work {
    pub id: u64,
    pub call: Call,
    /// When it came: its deadline runs from here.
    pub came: Instant,
}

/// The worker.
pub struct Worker {
    pub outbox: Outbox,
    pub pool: WorkQueue<Work>,
    pub event_loop: EventLoop,
    /// There once `Hello` is answered.
    pub driver: OnceLock<Driver>,
    requests: Mutex<Requests>,
}

impl Worker {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            outbox: Outbox::new(OUTBOX, frame::MAX_FIRST_FRAME),
            pool: WorkQueue::default(),
            event_loop: EventLoop::new()?,
            driver: OnceLock::new(),
            requests: Mutex::default(),
        })
    }

    pub fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request that was taken, and closes it. May wait for room: not while attached to Python.
    pub fn answer(&self, id: u64, answer: Answer) {
        self.requests().close(id);
        self.send(id, answer);
    }

    /// Sends an answer. Of an error over the frame cap the traceback is left out; any other answer over
    /// it is replaced by an error that says so.
    pub fn send(&self, id: u64, answer: Answer) {
        let message = FromWorker { id, answer: Some(answer) };
        let Err(Overrun { length, max }) = self.outbox.send(&message) else { return };
        let error = match message.answer {
            Some(Answer::Error(error)) if !error.traceback.is_empty() => {
                Error { traceback: String::new(), ..error }
            }
            _ => too_long(length, max),
        };
        if let Err(Overrun { length, max }) = self.outbox.send(&FromWorker::answer(id, error)) {
            // This one is shorter than the least cap.
            let _ = self.outbox.send(&FromWorker::answer(id, too_long(length, max)));
        }
    }

    /// Answers a request that the driver never saw.
    pub fn refuse(&self, id: u64, code: u32, message: &str) {
        self.send(id, Error::not_started(code, message).into());
    }

    /// Answers `Shutdown` and ends the process. Not while attached to Python.
    pub fn end(&self, id: u64, answer: Answer) -> ! {
        self.send(id, answer);
        self.outbox.flush();
        process::exit(0)
    }
}

/// `Done`.
pub fn done() -> Answer {
    Answer::Done(message::Done {})
}

fn too_long(length: usize, max: usize) -> Error {
    let message = format!(
        "the driver's answer has {length} bytes, and a frame may have {max}: return less, such as fewer \
         outcomes, or raise the limit"
    );
    Error { code: code::RESOURCE_EXHAUSTED, message, ..Error::default() }
}
