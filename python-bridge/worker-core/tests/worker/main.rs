//! The worker as a host meets it: the real extension module in a real Python, over a socket pair.
//!
//! Needs the module (`PYO3_BUILD_EXTENSION_MODULE=1 cargo build --release -p eigen-worker`, or wherever
//! `EIGEN_WORKER_MODULE` says) and a `python3` (or what `EIGEN_WORKER_PYTHON` says).

#![expect(clippy::expect_used, clippy::panic, reason = "tests")]
#![expect(clippy::unnecessary_debug_formatting, reason = "a path in quotes is a Python literal")]

mod calls;
mod coroutines;
mod errors;
mod life;
mod limits;
mod loading;
mod logs;
mod measure;
mod sessions;
mod support;
