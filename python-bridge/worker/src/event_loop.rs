//! The thread with the event loop, in which all coroutines run.
//!
//! Work reaches it through a queue and a byte on a socket that the loop watches: so the reader hands
//! over without the interpreter's lock, and one wake-up serves all that has come meanwhile.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread;

use eigen_worker_core::message::from_worker::Answer;
use pyo3::intern;
use pyo3::prelude::*;

use crate::answer;
use crate::call::Kind;
use crate::process;
use crate::worker::{Work, Worker};

/// What the loop is to do.
pub enum Job {
    /// Call the driver; what comes back is most likely a coroutine.
    Call(Box<Work>),
    /// Go on with what a thread of the pool has begun.
    Await { id: u64, kind: Kind, awaitable: Py<PyAny> },
    /// Stop a task.
    Cancel(u64),
}

/// The loop's queue. Its thread starts with the first job.
pub struct EventLoop {
    jobs: Mutex<VecDeque<Job>>,
    wake: UnixStream,
    woken: UnixStream,
    thread: Once,
}

impl EventLoop {
    pub fn new() -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        Ok(Self { jobs: Mutex::default(), wake, woken, thread: Once::new() })
    }
}

/// Gives the loop something to do.
pub fn push(worker: &Arc<Worker>, job: Job) {
    let event_loop = &worker.event_loop;
    event_loop.thread.call_once(|| {
        let worker = Arc::clone(worker);
        if thread::Builder::new().name("eigen-loop".into()).spawn(move || run(worker)).is_err() {
            eprintln!("the event loop's thread cannot be started");
            process::exit(1);
        }
    });
    let mut jobs = event_loop.jobs.lock().unwrap_or_else(PoisonError::into_inner);
    let asleep = jobs.is_empty();
    jobs.push_back(job);
    drop(jobs);
    if asleep {
        // Full means that it has been woken often enough.
        let _ = (&event_loop.wake).write(&[1]);
    }
}

fn run(worker: Arc<Worker>) {
    let fd = worker.event_loop.woken.as_raw_fd();
    let drain = Drain { worker, tasks: Mutex::default() };
    let ended = Python::attach(|py| {
        py.import("eigen_driver._adapter.loop")?.call_method1("run_loop", (fd, drain)).map(drop)
    });
    eprintln!("the event loop has ended: {ended:?}");
    process::exit(1);
}

/// Whether a value is to be awaited.
pub fn is_awaitable(value: &Bound<'_, PyAny>) -> bool {
    !value.is_none() && value.get_type().hasattr(intern!(value.py(), "__await__")).unwrap_or(false)
}

/// What the loop calls when it is woken.
#[pyclass(frozen)]
struct Drain {
    worker: Arc<Worker>,
    tasks: Mutex<HashMap<u64, Py<PyAny>>>,
}

#[pymethods]
impl Drain {
    #[pyo3(name = "__call__")]
    fn drain(slf: &Bound<'_, Self>, event_loop: &Bound<'_, PyAny>) -> PyResult<()> {
        let this = slf.get();
        let mut bytes = [0; 64];
        while (&this.worker.event_loop.woken).read(&mut bytes).is_ok_and(|read| read == bytes.len()) {}
        let jobs =
            std::mem::take(&mut *this.worker.event_loop.jobs.lock().unwrap_or_else(PoisonError::into_inner));
        for job in jobs {
            match job {
                Job::Call(work) => call(slf, event_loop, work)?,
                Job::Await { id, kind, awaitable } => {
                    start(slf, event_loop, id, kind, awaitable.bind(slf.py()))?;
                }
                Job::Cancel(id) => this.cancel(slf.py(), id)?,
            }
        }
        Ok(())
    }
}

impl Drain {
    fn tasks(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Py<PyAny>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cancel(&self, py: Python<'_>, id: u64) -> PyResult<()> {
        let task = self.tasks().get(&id).map(|task| task.clone_ref(py));
        task.map_or(Ok(()), |task| task.call_method0(py, "cancel").map(drop))
    }

    fn answer(&self, py: Python<'_>, id: u64, kind: Kind, value: PyResult<Bound<'_, PyAny>>) {
        let answer: Answer = match value {
            Ok(value) => answer::read(kind, &value),
            Err(error) => {
                let describe = self.worker.driver.wait().describe(py);
                answer::error(py, &describe, error).into()
            }
        };
        let worker = &self.worker;
        match (id, kind) {
            // The housekeeping: nobody waits for it.
            (0, _) => {}
            (_, Kind::Shutdown) => py.detach(|| worker.end(id, answer)),
            _ if worker.outbox.has_room() => worker.answer(id, answer),
            _ => py.detach(|| worker.answer(id, answer)),
        }
    }
}

fn call(drain: &Bound<'_, Drain>, event_loop: &Bound<'_, PyAny>, work: Box<Work>) -> PyResult<()> {
    let (py, this) = (drain.py(), drain.get());
    let Work { id, call, came } = *work;
    if !this.worker.requests().start(id) {
        return Ok(());
    }
    let kind = call.kind();
    match call.make(py, &this.worker.driver.wait().adapter, came) {
        Ok(value) if is_awaitable(&value) => {
            let cancelled = this.worker.requests().move_to_loop(id);
            start(drain, event_loop, id, kind, &value)?;
            if cancelled { this.cancel(py, id) } else { Ok(()) }
        }
        value => {
            this.answer(py, id, kind, value);
            Ok(())
        }
    }
}

fn start(
    drain: &Bound<'_, Drain>,
    event_loop: &Bound<'_, PyAny>,
    id: u64,
    kind: Kind,
    awaitable: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = drain.py();
    let task = event_loop.call_method1(intern!(py, "create_task"), (awaitable,))?;
    let completion = Completion { drain: drain.clone().unbind(), id, kind };
    task.call_method1(intern!(py, "add_done_callback"), (completion,))?;
    drain.get().tasks().insert(id, task.unbind());
    Ok(())
}

/// What a task calls when it is done.
#[pyclass(frozen)]
struct Completion {
    drain: Py<Drain>,
    id: u64,
    kind: Kind,
}

#[pymethods]
impl Completion {
    #[pyo3(name = "__call__")]
    fn complete(&self, py: Python<'_>, task: &Bound<'_, PyAny>) {
        let drain = self.drain.get();
        drain.tasks().remove(&self.id);
        drain.answer(py, self.id, self.kind, task.call_method0(intern!(py, "result")));
    }
}
