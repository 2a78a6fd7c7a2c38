//! The messages of `eigen.driver_manager.worker.v1`, and short ways to make the common ones.

#![expect(missing_docs, reason = "the .proto documents what is generated from it")]
#![allow(clippy::pedantic, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/eigen.driver_manager.worker.v1.rs"));

/// The gRPC status codes that the worker itself gives.
pub mod code {
    pub const CANCELLED: u32 = 1;
    pub const RESOURCE_EXHAUSTED: u32 = 8;
    pub const FAILED_PRECONDITION: u32 = 9;
    pub const ABORTED: u32 = 10;
    pub const INTERNAL: u32 = 13;
}

impl Error {
    /// An error of the worker's own making: the driver never saw the request.
    pub fn not_started(code: u32, message: impl Into<String>) -> Self {
        let submission = Submission::NotSubmitted.into();
        Self { code, message: message.into(), submission, ..Self::default() }
    }
}

impl FromWorker {
    /// The answer to the request `id`.
    pub fn answer(id: u64, answer: impl Into<from_worker::Answer>) -> Self {
        Self { id, answer: Some(answer.into()) }
    }
}

impl From<Error> for from_worker::Answer {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}
