//! Why a guest's call failed: from a trap to a [`Failure`] that names the limit and its key.

use std::time::Duration;

use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::ResourceTableError;

use super::guest::Guest;
use super::limits::Refusal;
use crate::config::{DriverLimits, FuelBudget};
use crate::model::{DriverName, Failure, FailureKind, Generation};
use crate::telemetry::events::GuestTrapped;

/// Part of the text with which wasmtime reports an empty `set_hostcall_fuel` budget; the error's
/// type is private there. A test with a guest that answers too much holds us to it.
const HOST_CALL_BUDGET_TEXT: &str = "fuel allocated for hostcalls has been exhausted";

/// A call that ended the instance.
pub(super) struct Fault {
    /// For the metric: `memory`, `fuel`, `deadline`, `panic` …
    pub(super) kind: &'static str,
    pub(super) failure: Failure,
}

impl Fault {
    /// The event that tells the operator.
    pub(super) fn event<'a>(
        &'a self,
        driver: &'a DriverName,
        generation: Generation,
        instance: u64,
    ) -> GuestTrapped<'a> {
        let limited = matches!(self.failure.kind, FailureKind::Capacity | FailureKind::Timeout);
        GuestTrapped {
            driver: driver.as_str(),
            generation: generation.0,
            instance,
            kind: self.kind,
            limit: limited.then_some(&self.failure.message),
            cause: self.failure.cause.as_deref().unwrap_or_default(),
        }
    }
}

/// Explains the error that ended a call. What it had sent until then is for the connection to know.
pub(super) fn explain(
    driver: &DriverName,
    limits: &DriverLimits,
    stack: crate::config::ByteSize,
    guest: &Guest,
    error: &wasmtime::Error,
) -> Fault {
    let limit = |kind, what: &str, value: String, key: String| Fault {
        kind,
        failure: Failure::new(
            FailureKind::Capacity,
            format!("driver `{driver}` was stopped: {what} limit {value} reached"),
        )
        .remedy(format!("Make the request smaller, or ask the operator to raise `{key}`.")),
    };
    let of_driver = |field: &str| format!("drivers.{driver}.limits.{field}");
    let fault = match guest.limiter.refusal() {
        Some(Refusal::Memory) => limit("memory", "memory", limits.memory.to_string(), of_driver("memory")),
        Some(Refusal::HostMemory) => limit(
            "host_memory",
            "host-wide guest memory",
            crate::config::ByteSize(guest.limiter.host_limit() as u64).to_string(),
            "wasm.guest_memory_total".to_owned(),
        ),
        Some(Refusal::TableElements) => {
            limit("table", "table elements", limits.table_elements.to_string(), of_driver("table_elements"))
        }
        None => match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => limit("fuel", "fuel", fuel(limits.fuel), of_driver("fuel")),
            Some(Trap::StackOverflow) => {
                limit("stack", "call stack", stack.to_string(), "wasm.stack".to_owned())
            }
            trap => other(driver, limits, trap, error, &limit, &of_driver),
        },
    };
    let last_error = guest.log.take_last_error().map(|line| format!("; its last error: {line}"));
    Fault {
        failure: fault
            .failure
            .from_provider(driver.as_str())
            .cause(format!("{error:#}{}", last_error.unwrap_or_default())),
        ..fault
    }
}

fn other(
    driver: &DriverName,
    limits: &DriverLimits,
    trap: Option<&Trap>,
    error: &wasmtime::Error,
    limit: &dyn Fn(&'static str, &str, String, String) -> Fault,
    of_driver: &dyn Fn(&str) -> String,
) -> Fault {
    let text = format!("{error:#}");
    if text.contains(HOST_CALL_BUDGET_TEXT) {
        return limit(
            "host_calls",
            "data between driver and host",
            limits.host_calls.to_string(),
            of_driver("host_calls"),
        );
    }
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full))
        || text.contains("resource table has no free keys")
    {
        return limit("handles", "handles", limits.handles.to_string(), of_driver("handles"));
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return limit("pool", "instance pool", text, "wasm.pool".to_owned());
    }
    let (kind, how) = match trap {
        Some(Trap::UnreachableCodeReached) => ("panic", "panicked"),
        Some(_) => ("trap", "trapped"),
        None => ("host_error", "broke the interface"),
    };
    Fault {
        kind,
        failure: Failure::new(FailureKind::Internal, format!("driver `{driver}` {how} during the call"))
            .remedy("Report the correlation id to the operator: the driver's message and backtrace are in the log."),
    }
}

/// The deadline passed while the guest was at work.
pub(super) fn deadline(driver: &DriverName, allowed: Duration) -> Fault {
    Fault {
        kind: "deadline",
        failure: Failure::new(
            FailureKind::Timeout,
            format!("driver `{driver}` was stopped: it did not answer within {}", seconds(allowed)),
        )
        .remedy(
            "Send a longer deadline or the option `dm.timeout`, or ask the operator to raise `deadlines`.",
        )
        .from_provider(driver.as_str()),
    }
}

/// The host's own task died: a defect of ours.
pub(super) fn host_failed(driver: &DriverName, cause: &tokio::task::JoinError) -> Fault {
    Fault {
        kind: "host_error",
        failure: Failure::new(FailureKind::Internal, "the host failed inside the driver's call")
            .from_provider(driver.as_str())
            .cause(cause),
    }
}

/// A driver's answer that breaks the interface.
pub(super) fn broken(driver: &DriverName, how: &super::convert::Broken) -> Fault {
    Fault {
        kind: "broken_answer",
        failure: Failure::new(FailureKind::Internal, format!("driver `{driver}` gave a malformed answer"))
            .from_provider(driver.as_str())
            .cause(how),
    }
}

fn fuel(budget: FuelBudget) -> String {
    budget.units().map_or_else(|| "unlimited".to_owned(), |units| format!("of {units} units"))
}

fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}
