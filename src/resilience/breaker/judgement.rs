//! What a call says about its driver and its device.
//!
//! The invariant: what the caller did wrong says nothing about either. What happens to a device counts for
//! the device; what concerns all devices of a driver (it cannot be started, it trapped) counts for the
//! driver. So one dead device never closes the way to its neighbours.

use std::time::Duration;

use crate::model::{Failure, FailureKind};

/// What one call says about what it was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It worked.
    Success {
        /// How long it took.
        took: Duration,
    },
    /// It failed, and the other side is to blame.
    Failure {
        /// How long it took.
        took: Duration,
    },
    /// It says nothing: the caller was wrong, in a hurry, or hung up.
    Nothing,
}

/// What one call says about its driver and its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// About the driver.
    pub driver: Verdict,
    /// About the device.
    pub device: Verdict,
}

impl Judgement {
    /// Nothing was learnt.
    pub const NOTHING: Self = Self { driver: Verdict::Nothing, device: Verdict::Nothing };

    /// Of a connection that could not be opened: no device was asked.
    pub fn of_connecting(failure: &Failure, took: Duration) -> Self {
        let blamed = failure.kind.blames_driver();
        let driver = if blamed { Verdict::Failure { took } } else { Verdict::Nothing };
        Self { driver, device: Verdict::Nothing }
    }

    /// Of a call about a device. A call that ran into its deadline before `patience` was over says
    /// nothing: its caller was in too great a hurry for anybody to be blamed.
    pub fn of_call<T>(outcome: Result<&T, &Failure>, took: Duration, patience: Duration) -> Self {
        let Err(failure) = outcome else {
            return Self { driver: Verdict::Success { took }, device: Verdict::Success { took } };
        };
        let hurried = failure.kind == FailureKind::Timeout && took < patience;
        if hurried || !failure.kind.blames_driver() {
            return Self::NOTHING;
        }
        let failed = Verdict::Failure { took };
        let whole = failure.kind == FailureKind::Internal;
        Self { driver: if whole { failed } else { Verdict::Nothing }, device: failed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOK: Duration = Duration::from_secs(3);

    fn of(kind: FailureKind) -> Judgement {
        Judgement::of_call::<()>(Err(&Failure::new(kind, "")), TOOK, Duration::from_secs(1))
    }

    #[test]
    fn a_callers_fault_says_nothing() {
        for kind in [
            FailureKind::InvalidRequest,
            FailureKind::InvalidArgument,
            FailureKind::UnknownDevice,
            FailureKind::Unimplemented,
            FailureKind::Precondition,
            FailureKind::Quota,
            FailureKind::Capacity,
            FailureKind::Unauthenticated,
            FailureKind::PermissionDenied,
            FailureKind::Aborted,
        ] {
            assert_eq!(of(kind), Judgement::NOTHING, "{kind:?}");
        }
    }

    #[test]
    fn a_dead_device_is_not_held_against_its_driver_but_a_trap_is() {
        let failed = Verdict::Failure { took: TOOK };
        for kind in [FailureKind::Unavailable, FailureKind::Timeout, FailureKind::SubmissionUnknown] {
            assert_eq!(of(kind), Judgement { driver: Verdict::Nothing, device: failed }, "{kind:?}");
        }
        assert_eq!(of(FailureKind::Internal), Judgement { driver: failed, device: failed });
    }

    #[test]
    fn a_driver_that_cannot_be_started_is_to_blame_for_all_devices() {
        let judge = |kind| Judgement::of_connecting(&Failure::new(kind, ""), TOOK);
        let failed = Verdict::Failure { took: TOOK };
        let expected = Judgement { driver: failed, device: Verdict::Nothing };
        assert_eq!(judge(FailureKind::Internal), expected);
        assert_eq!(judge(FailureKind::Capacity), Judgement::NOTHING);
    }

    #[test]
    fn a_caller_in_a_hurry_trips_nothing() {
        let failure = Failure::new(FailureKind::Timeout, "");
        let judge = |took| Judgement::of_call::<()>(Err(&failure), took, Duration::from_secs(1));
        assert_eq!(judge(Duration::from_millis(999)), Judgement::NOTHING);
        let took = Duration::from_secs(1);
        assert_eq!(judge(took).device, Verdict::Failure { took });
    }
}
