//! The Python extension module `eigen_worker`: runs one driver in a process of its own.
//!
//! [`run`] owns the process until it ends. Threads: the reader and the writer, which never touch
//! Python, so that a driver that holds the interpreter's lock holds up nothing else; the main thread
//! and the rest of the pool, for methods; one with the event loop, for coroutines; one for pings that
//! are to go through Python. What depends on how drivers are written is not here but in the package
//! `eigen_driver`, which this module calls and gets plain values from.

mod answer;
mod call;
mod event_loop;
mod pinger;
mod pool;
mod process;
mod reader;
mod seal;
mod start;
mod worker;

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use pyo3::prelude::*;

use worker::Worker;

/// Serves the host on the socket `fd`; `sealed`: the process gives up the right to execute programs first. Returns
/// only if it cannot begin.
#[pyfunction]
#[pyo3(signature = (fd, sealed = false))]
fn run(py: Python<'_>, fd: i32, sealed: bool) -> PyResult<()> {
    if sealed {
        seal::seal()?;
    }
    let socket = process::take_socket(fd)?;
    let writing = socket.try_clone()?;
    let worker = Arc::new(Worker::new()?);

    let (first, hello) = mpsc::sync_channel(1);
    spawn("eigen-writer", &worker, move |worker| {
        worker.outbox.write_to(writing);
        process::exit(0);
    })?;
    spawn("eigen-reader", &worker, move |worker| reader::read(worker, socket, &first))?;

    let Ok((id, hello)) = py.detach(move || hello.recv()) else { process::exit(1) };
    let sync_threads = hello.sync_threads.clamp(1, pool::MAX_THREADS);
    start::start(py, &worker, id, hello);
    for _ in 1..sync_threads {
        spawn("eigen-call", &worker, pool::serve_attached)?;
    }
    py.detach(|| pool::serve(&worker))
}

fn spawn(name: &str, worker: &Arc<Worker>, run: impl FnOnce(&Arc<Worker>) + Send + 'static) -> PyResult<()> {
    let worker = Arc::clone(worker);
    thread::Builder::new().name(name.into()).spawn(move || run(&worker))?;
    Ok(())
}

/// The worker's half that is written in Rust.
#[pymodule]
mod eigen_worker {
    #[pymodule_export]
    use super::run;
}
