//! The threads that run methods: the main thread first, others only if the operator allows more.
//!
//! They keep their Python thread state between calls: making one for each call costs several times a
//! short call.

use std::sync::Arc;

use eigen_worker_core::Next;
use eigen_worker_core::message::from_worker::Answer;
use pyo3::prelude::*;

use crate::answer;
use crate::call::{Driver, Kind};
use crate::event_loop::{self, Job};
use crate::worker::{Work, Worker};

/// More threads than any SDK has use for.
pub const MAX_THREADS: u32 = 256;

/// [`serve`] in a thread that Python does not know yet.
pub fn serve_attached(worker: &Arc<Worker>) {
    Python::attach(|py| py.detach(|| serve(worker)));
}

/// Runs calls for ever. Not attached to Python but while the driver runs.
pub fn serve(worker: &Arc<Worker>) -> ! {
    let driver = worker.driver.wait();
    loop {
        match worker.pool.next() {
            Next::Housekeeping => keep_house(worker, driver),
            Next::Work(work) => run(worker, driver, work),
        }
    }
}

fn run(worker: &Arc<Worker>, driver: &Driver, Work { id, call, came }: Work) {
    if !worker.requests().start(id) {
        return;
    }
    let kind = call.kind();
    let answer = Python::attach(|py| {
        let value = call.make(py, &driver.adapter, came);
        settle(worker, py, driver, id, kind, value)
    });
    match answer {
        Some(answer) if kind == Kind::Shutdown => worker.end(id, answer),
        Some(answer) => worker.answer(id, answer),
        None => {}
    }
}

/// The answer; None if it is a coroutine's, which the event loop has now.
fn settle(
    worker: &Arc<Worker>,
    py: Python<'_>,
    driver: &Driver,
    id: u64,
    kind: Kind,
    value: PyResult<Bound<'_, PyAny>>,
) -> Option<Answer> {
    match value {
        Ok(value) if event_loop::is_awaitable(&value) => {
            let cancelled = worker.requests().move_to_loop(id);
            event_loop::push(worker, Job::Await { id, kind, awaitable: value.unbind() });
            if cancelled {
                event_loop::push(worker, Job::Cancel(id));
            }
            None
        }
        Ok(value) => Some(answer::read(kind, &value)),
        Err(error) => Some(answer::error(py, &driver.describe(py), error).into()),
    }
}

fn keep_house(worker: &Arc<Worker>, driver: &Driver) {
    Python::attach(|py| {
        let closed = driver.adapter.bind(py).call_method0("close_idle_sessions");
        if let Ok(closing) = closed
            && event_loop::is_awaitable(&closing)
        {
            event_loop::push(worker, Job::Await { id: 0, kind: Kind::Done, awaitable: closing.unbind() });
        }
    });
}

impl Driver {
    /// The adapter's method that describes exceptions.
    pub fn describe<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        let adapter = self.adapter.bind(py);
        adapter.getattr("describe").unwrap_or_else(|_| adapter.clone())
    }
}
