//! Why a call of a Python driver failed, for its caller and for the operator.

use super::watchdog::Excess;
use super::wire::proto::{self, Submission as Said};
use super::worker::Lost;
use crate::driver::checks::{Broken, MAX_CODE, MAX_MESSAGE, MAX_TICKET};
use crate::model::{DriverName, Failure, FailureKind, Submission, Ticket};

/// The driver's own error. `submits`: whether the call could have sent a job to a provider.
pub(super) fn of_driver(driver: &DriverName, error: proto::Error, submits: bool) -> Failure {
    let kind = kind(error.code, error.code_was_given);
    let submission = submission(&error, kind, submits);
    let message: String = error.message.chars().take(MAX_MESSAGE).collect();
    let mut cause = error.exception;
    for (what, text) in
        [("provider code ", error.provider_code.chars().take(MAX_CODE).collect()), ("\n", error.traceback)]
    {
        if !text.is_empty() {
            cause = format!("{cause}; {what}{text}");
        }
    }
    let mut failure = Failure::new(kind, message).from_provider(driver.as_str()).cause(cause);
    failure.submission = submission;
    failure.retry_after = error.retry_after_ms.map(std::time::Duration::from_millis);
    failure
}

/// Of the canonical codes of gRPC (`google.rpc.Code`).
fn kind(code: u32, was_given: bool) -> FailureKind {
    match code {
        3 | 11 => FailureKind::InvalidArgument,
        4 => FailureKind::Timeout,
        5 => FailureKind::UnknownDevice,
        6 | 9 => FailureKind::Precondition,
        7 => FailureKind::PermissionDenied,
        // A driver that names it means a quota; Python that runs out of memory does not.
        8 if was_given => FailureKind::Quota,
        8 => FailureKind::Capacity,
        1 | 10 => FailureKind::Aborted,
        12 => FailureKind::Unimplemented,
        14 => FailureKind::Unavailable,
        16 => FailureKind::Unauthenticated,
        _ => FailureKind::Internal,
    }
}

/// What the driver says of the job; where it says nothing, only a refusal is sure to have sent none.
fn submission(error: &proto::Error, kind: FailureKind, submits: bool) -> Submission {
    let refusal = matches!(
        kind,
        FailureKind::InvalidArgument
            | FailureKind::UnknownDevice
            | FailureKind::Precondition
            | FailureKind::PermissionDenied
            | FailureKind::Unauthenticated
            | FailureKind::Unimplemented
    );
    match error.submission() {
        Said::NotSubmitted => Submission::NotSubmitted,
        Said::Submitted if (1..=MAX_TICKET).contains(&error.ticket.len()) => {
            Submission::Submitted(Ticket::new(error.ticket.as_str()))
        }
        Said::Unspecified if !submits || refusal => Submission::NotSubmitted,
        _ => Submission::Unknown,
    }
}

/// A driver that has ended right after each of its last starts.
pub(super) fn backing_off(driver: &DriverName, wait: std::time::Duration) -> Failure {
    let text = format!("driver `{driver}` ended again and again right after its start");
    Failure::new(FailureKind::Unavailable, text)
        .remedy("Send the request again after the given delay; the operator finds in the log why it ended.")
        .retry_after(wait)
        .from_provider(driver.as_str())
}

/// A kind for the metric of stopped drivers, and the failure.
pub(super) fn lost(driver: &DriverName, lost: Lost, submits: bool) -> (&'static str, Failure) {
    let in_doubt = if submits { Submission::Unknown } else { Submission::NotSubmitted };
    let (kind, mut failure, submission) = match lost {
        Lost::NotSent(why) => ("worker_gone", gone(driver).cause(why), Submission::NotSubmitted),
        Lost::Died(why) => ("worker_died", gone(driver).cause(why), in_doubt),
        Lost::Over(excess, why) => {
            let (kind, what, key) = match excess {
                Excess::Memory(most) => {
                    ("memory", format!("memory limit {most}"), format!("drivers.{driver}.limits.memory"))
                }
                Excess::Threads(most) => {
                    ("threads", format!("thread limit {most}"), "python.max_threads".to_owned())
                }
            };
            let text = format!("driver `{driver}` was stopped: {what} reached");
            let remedy = format!("Make the request smaller, or ask the operator to raise `{key}`.");
            (kind, Failure::new(FailureKind::Capacity, text).remedy(remedy).cause(why), in_doubt)
        }
        Lost::Deadline => {
            let text = format!("driver `{driver}` did not answer before the deadline");
            let remedy = "Send a longer deadline or the option `dm.timeout`, or ask the operator to raise `deadlines`.";
            ("deadline", Failure::new(FailureKind::Timeout, text).remedy(remedy), in_doubt)
        }
        Lost::TooLong(error) => {
            let text = format!("the request does not fit: {error}");
            let remedy = "Make the circuit smaller, or ask the operator to raise `python.max_frame`.";
            ("frame", Failure::new(FailureKind::Capacity, text).remedy(remedy), Submission::NotSubmitted)
        }
    };
    failure.submission = submission;
    (kind, failure.from_provider(driver.as_str()))
}

fn gone(driver: &DriverName) -> Failure {
    Failure::new(FailureKind::Unavailable, format!("the process of driver `{driver}` ended during the call"))
        .remedy("Send the request again; the driver is started anew.")
}

/// An answer that breaks the interface.
pub(super) fn broken(driver: &DriverName, how: &Broken, submits: bool) -> Failure {
    let mut failure =
        Failure::new(FailureKind::Internal, format!("driver `{driver}` gave a malformed answer"))
            .from_provider(driver.as_str())
            .cause(how);
    if submits {
        failure.submission = Submission::Ended;
    }
    failure
}
