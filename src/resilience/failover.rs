//! Which other device may take over a request, and why.
//!
//! The invariants: no device takes over what another may have submitted; only devices that the operator
//! named take over, in the order in which they are written; none is asked twice; a request that wants to
//! stay where it is does. Fallbacks are those of the device that the caller named: they do not chain.

use std::fmt;

use crate::config::{FailureStatus, Fallback};
use crate::model::{DeviceId, Failure, FailureKind, Submission};

/// What a request says about failover, as `dm.failover`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// As the operator configured it.
    #[default]
    Auto,
    /// The named device or none.
    Never,
}

impl Mode {
    /// Reads the option `dm.failover`: `auto` or `never`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "auto" => Some(Self::Auto),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// Why another device is wanted.
#[derive(Debug, Clone, Copy)]
pub enum Trigger<'a> {
    /// The device, or one that took over already, failed.
    Failed(&'a Failure),
    /// Its breaker, or its driver's, lets nothing through.
    BreakerOpen,
    /// So many jobs are queued.
    Queue(u32),
}

impl Trigger<'_> {
    fn fires(&self, rule: &Fallback) -> bool {
        match self {
            Self::Failed(failure) => {
                // What may have been submitted stays where it is, whatever the device declares.
                failure.submission == Submission::NotSubmitted
                    && status(failure.kind).is_some_and(|status| rule.on.contains(&status))
            }
            Self::BreakerOpen => rule.when_open,
            Self::Queue(depth) => rule.queue_longer_than.is_some_and(|bound| *depth > bound),
        }
    }
}

impl Trigger<'_> {
    /// A stable name for metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.kind.name(),
            Self::BreakerOpen => "breaker_open",
            Self::Queue(_) => "queue",
        }
    }
}

impl fmt::Display for Trigger<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(depth) => write!(f, "queue_of_{depth}"),
            trigger => f.write_str(trigger.name()),
        }
    }
}

/// The device that takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    /// The device.
    pub device: DeviceId,
    /// What was found out about it when it was asked whether it can.
    pub found: T,
    /// Why it takes over, for the answer's metadata.
    pub reason: String,
}

/// The first device that takes over from `device`, which the caller named.
///
/// `tried` are those that were asked before; `can` says whether a device exists, is let through to, and can
/// run the circuit, and gives what the caller needs to go on with it.
pub fn choose<T>(
    rules: &[Fallback],
    mode: Mode,
    device: &DeviceId,
    trigger: Trigger<'_>,
    tried: &[DeviceId],
    mut can: impl FnMut(&DeviceId) -> Option<T>,
) -> Option<Choice<T>> {
    if mode == Mode::Never {
        return None;
    }
    let rules = rules.iter().filter(|rule| rule.device == device.as_str() && trigger.fires(rule));
    let fresh = rules.map(|rule| DeviceId::new(rule.fallback.as_str())).filter(|id| !tried.contains(id));
    let mut able = fresh.filter_map(|id| can(&id).map(|found| (id, found)));
    able.next().map(|(device, found)| Choice { device, found, reason: trigger.to_string() })
}

/// The status that callers see for a kind of failure, where another device might do better. What is wrong
/// with the request is wrong everywhere; what may have been submitted goes nowhere else.
fn status(kind: FailureKind) -> Option<FailureStatus> {
    Some(match kind {
        FailureKind::Unavailable => FailureStatus::Unavailable,
        FailureKind::Quota | FailureKind::Capacity => FailureStatus::ResourceExhausted,
        FailureKind::Timeout => FailureStatus::DeadlineExceeded,
        FailureKind::Precondition => FailureStatus::FailedPrecondition,
        FailureKind::Unimplemented => FailureStatus::Unimplemented,
        FailureKind::Unauthenticated => FailureStatus::Unauthenticated,
        FailureKind::PermissionDenied => FailureStatus::PermissionDenied,
        FailureKind::Aborted => FailureStatus::Aborted,
        FailureKind::Internal => FailureStatus::Internal,
        FailureKind::InvalidRequest
        | FailureKind::InvalidArgument
        | FailureKind::UnknownDevice
        | FailureKind::SubmissionUnknown => return None,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::model::Ticket;

    fn rule(device: &str, fallback: &str) -> Fallback {
        let statuses = vec![FailureStatus::Unavailable, FailureStatus::ResourceExhausted];
        let (device, fallback) = (device.to_owned(), fallback.to_owned());
        Fallback { device, fallback, on: statuses, when_open: true, queue_longer_than: Some(10) }
    }

    fn rules() -> [Fallback; 3] {
        [rule("ibm:a", "ibm:b"), rule("other", "elsewhere"), rule("ibm:a", "sim:local")]
    }

    fn chosen(trigger: Trigger<'_>, tried: &[&str], unable: &[&str]) -> Option<String> {
        let tried: Vec<_> = tried.iter().map(|id| DeviceId::new(*id)).collect();
        let can = |id: &DeviceId| (!unable.contains(&id.as_str())).then_some(());
        let choice = choose(&rules(), Mode::Auto, &DeviceId::new("ibm:a"), trigger, &tried, can);
        choice.map(|choice| choice.device.to_string())
    }

    fn failed(kind: FailureKind) -> Failure {
        Failure::new(kind, "")
    }

    #[test]
    fn fallbacks_are_asked_in_their_order_each_once_and_only_if_they_can() {
        let failure = failed(FailureKind::Unavailable);
        let trigger = Trigger::Failed(&failure);
        assert_eq!(chosen(trigger, &["ibm:a"], &[]).as_deref(), Some("ibm:b"));
        assert_eq!(chosen(trigger, &["ibm:a", "ibm:b"], &[]).as_deref(), Some("sim:local"));
        assert_eq!(chosen(trigger, &["ibm:a"], &["ibm:b"]).as_deref(), Some("sim:local"));
        assert_eq!(chosen(trigger, &["ibm:a", "ibm:b", "sim:local"], &[]), None);
    }

    #[test]
    fn only_the_conditions_of_a_rule_make_it_take_over() {
        assert_eq!(chosen(Trigger::Failed(&failed(FailureKind::Internal)), &[], &[]), None);
        assert_eq!(chosen(Trigger::Failed(&failed(FailureKind::InvalidArgument)), &[], &[]), None);
        assert_eq!(chosen(Trigger::Failed(&failed(FailureKind::Quota)), &[], &[]).as_deref(), Some("ibm:b"));
        assert_eq!(chosen(Trigger::BreakerOpen, &[], &[]).as_deref(), Some("ibm:b"));
        assert_eq!(chosen(Trigger::Queue(10), &[], &[]), None);
        assert_eq!(chosen(Trigger::Queue(11), &[], &[]).as_deref(), Some("ibm:b"));
    }

    #[test]
    fn a_request_may_insist_on_its_device() {
        let (device, can) = (DeviceId::new("ibm:a"), |_: &DeviceId| Some(()));
        assert_eq!(choose(&rules(), Mode::Never, &device, Trigger::BreakerOpen, &[], can), None);
        assert_eq!(Mode::parse(" Never "), Some(Mode::Never));
        assert_eq!(Mode::parse("sometimes"), None);
    }

    #[test]
    fn the_choice_says_why_and_hands_on_what_was_found() {
        let device = DeviceId::new("ibm:a");
        let choice =
            choose(&rules(), Mode::Auto, &device, Trigger::Queue(99), &[], |id| Some(id.as_str().len()));
        let choice = choice.unwrap();
        assert_eq!((choice.found, choice.reason.as_str()), (5, "queue_of_99"));
    }

    proptest! {
        #[test]
        fn what_may_have_been_submitted_goes_nowhere_else(
            kind in prop::sample::select(vec![
                FailureKind::Unavailable, FailureKind::Quota, FailureKind::Timeout, FailureKind::Aborted,
                FailureKind::Internal, FailureKind::SubmissionUnknown,
            ]),
            unknown: bool,
        ) {
            let ticket = Submission::Submitted(Ticket::new("job-1"));
            let failure = Failure { submission: if unknown { Submission::Unknown } else { ticket }, ..failed(kind) };
            prop_assert_eq!(chosen(Trigger::Failed(&failure), &[], &[]), None);
        }
    }
}
