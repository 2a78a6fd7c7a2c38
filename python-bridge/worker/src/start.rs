//! The handshake: loads the driver that `Hello` brings, and tells the host what it is.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use eigen_worker_core::PROTOCOL;
use eigen_worker_core::message::{Error, Hello, HelloAnswer, LogLine, code, from_worker::Answer};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::answer;
use crate::call::Driver;
use crate::process;
use crate::worker::Worker;

/// No shorter cap can hold an error.
const MIN_FRAME: u32 = 4096;

/// How often idle sessions are looked for: at least.
const HOUSEKEEPING: Duration = Duration::from_secs(10);

/// Loads the driver and answers. Ends the process if there is no driver then.
pub fn start(py: Python<'_>, worker: &Arc<Worker>, id: u64, hello: Hello) {
    let max_frame = hello.max_frame_bytes;
    let idle = Duration::from_millis(hello.session_idle_ms);
    let loaded = acceptable(&hello).and_then(|()| load(py, worker, hello));
    if let Ok(max_frame) = usize::try_from(max_frame.max(MIN_FRAME)) {
        worker.outbox.set_max_frame(max_frame);
    }
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(error) => py.detach(|| {
            worker.send(id, Answer::Error(error));
            worker.outbox.flush();
            process::exit(1)
        }),
    };
    let _ = worker.driver.set(loaded.driver);
    if loaded.has_sessions {
        worker.pool.keep_house((idle / 2).clamp(Duration::from_millis(20), HOUSEKEEPING));
    }
    py.detach(|| worker.send(id, Answer::Hello(loaded.answer)));
}

fn acceptable(hello: &Hello) -> Result<(), Error> {
    let message = if hello.protocol != PROTOCOL {
        format!(
            "the host speaks version {} of the protocol, this worker {PROTOCOL}: install both from one release",
            hello.protocol
        )
    } else if hello.max_frame_bytes < MIN_FRAME {
        format!("`max_frame_bytes` is {}: it has to be at least {MIN_FRAME}", hello.max_frame_bytes)
    } else {
        return Ok(());
    };
    Err(Error::not_started(code::FAILED_PRECONDITION, message))
}

struct Loaded {
    driver: Driver,
    has_sessions: bool,
    answer: HelloAnswer,
}

fn load(py: Python<'_>, worker: &Arc<Worker>, hello: Hello) -> Result<Loaded, Error> {
    let package = py.import("eigen_driver._adapter").map_err(|error| {
        let message = format!("the package `eigen_driver` beside the worker is unusable: {error}");
        Error::not_started(code::INTERNAL, message)
    })?;
    try_load(&package, worker, hello).map_err(|error| {
        let describe = package.getattr("describe").unwrap_or_else(|_| package.clone().into_any());
        answer::error(py, &describe, error)
    })
}

fn try_load(package: &Bound<'_, PyModule>, worker: &Arc<Worker>, hello: Hello) -> PyResult<Loaded> {
    let arguments = (
        hello.driver_name,
        hello.generation,
        hello.file,
        PyBytes::new(package.py(), &hello.source),
        hello.search_path,
        hello.session_idle_ms,
        hello.session_refresh_ms,
        LogSink { worker: Arc::clone(worker) },
    );
    let adapter = package.call_method1("load", arguments)?;
    let coroutines: HashSet<String> =
        adapter.call_method0("coroutine_calls")?.extract::<Vec<_>>()?.into_iter().collect();
    let has_sessions = adapter.call_method0("has_sessions")?.extract()?;
    let (class_name, name, version, driver_api_version, features, python, is_async, optional_methods) =
        adapter.call_method0("hello")?.extract()?;
    let answer = HelloAnswer {
        protocol: PROTOCOL,
        class_name,
        name,
        version,
        driver_api_version,
        features,
        python,
        is_async,
        optional_methods,
    };
    Ok(Loaded { driver: Driver { adapter: adapter.unbind(), coroutines }, has_sessions, answer })
}

/// Where the package's log handler puts its records.
#[pyclass(frozen)]
struct LogSink {
    worker: Arc<Worker>,
}

#[pymethods]
impl LogSink {
    fn __call__(&self, level: u32, logger: String, message: String, traceback: String, job_id: String) {
        self.worker.outbox.log(LogLine { level, logger, message, traceback, job_id });
    }
}
