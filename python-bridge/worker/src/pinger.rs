//! Pings that go through Python: they are answered when the interpreter's lock can be had, and not
//! while a driver sits on it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use eigen_worker_core::message::{Pong, from_worker::Answer};
use pyo3::prelude::*;

use crate::worker::Worker;

/// Pings that may wait; a host that has lost patience with so many kills the worker.
const WAITING: usize = 16;

/// Starts the thread. What is put in are the pings' ids.
pub fn start(worker: &Arc<Worker>) -> std::io::Result<SyncSender<u64>> {
    let (pings, waiting) = sync_channel(WAITING);
    let worker = Arc::clone(worker);
    thread::Builder::new().name("eigen-pinger".into()).spawn(move || answer(&worker, &waiting))?;
    Ok(pings)
}

fn answer(worker: &Worker, waiting: &Receiver<u64>) {
    for id in waiting {
        Python::attach(|_| ());
        worker.send(id, Answer::Pong(Pong {}));
    }
}
