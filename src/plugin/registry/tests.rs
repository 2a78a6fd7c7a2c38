#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use super::*;
use crate::plugin::change::Trial;
use crate::plugin::fake::active;
use crate::plugin::trial::{Run, Tally};

fn id(text: &str) -> DeviceId {
    DeviceId::new(text)
}

fn name(text: &str) -> DriverName {
    DriverName::new(text)
}

/// Whatever is to be written down is written down.
const SAVED: fn() -> Result<(), Rejection> = || Ok(());

#[tokio::test]
async fn a_publication_that_is_refused_leaves_everything_pointer_identical() {
    let registry = Registry::default();
    let (old, other) = (active("lab", 1, &["lab:a"]), active("sim", 1, &["sim:local"]));
    for driver in [&old, &other] {
        registry.publish(&driver.name, Entry::Active(Arc::clone(driver)), SAVED).unwrap();
    }
    let before = registry.snapshot();
    let clash = Entry::Active(active("lab", 2, &["lab:a", "sim:local"]));
    let rejection = registry.publish(&name("lab"), clash, SAVED).unwrap_err();
    assert_eq!(rejection.reason, RejectReason::DeviceClash);
    assert!(
        rejection.message.contains("driver `lab`") && rejection.message.contains("driver `sim`"),
        "{rejection}"
    );
    let unsaved = || Err(Rejection::new(RejectReason::NotSaved, "no room"));
    let good = Entry::Active(active("lab", 2, &["lab:a"]));
    assert!(registry.publish(&name("lab"), good, unsaved).is_err());
    assert!(registry.begin_trial(&name("lab"), trial(active("lab", 2, &["sim:local"]), 0.5)).is_err());
    assert!(Arc::ptr_eq(&before, &registry.snapshot()));
    assert!(Arc::ptr_eq(&old, registry.snapshot().serving(&name("lab")).unwrap()));
}

#[tokio::test]
async fn a_request_that_saw_the_old_snapshot_is_never_let_into_a_drained_generation() {
    let registry = Registry::default();
    let (old, new) = (active("lab", 1, &["lab:a"]), active("lab", 2, &["lab:a"]));
    registry.publish(&old.name, Entry::Active(Arc::clone(&old)), SAVED).unwrap();
    let visit = registry.route(&id("lab:a")).unwrap();
    registry.publish(&new.name, Entry::Active(Arc::clone(&new)), SAVED).unwrap();
    assert!(Arc::ptr_eq(&visit.active, &old));
    drop(visit);
    old.gate().drain(Instant::now() + Duration::from_mins(1)).await;
    assert!(Route::to(&old).is_none());
    assert!(Arc::ptr_eq(&registry.route(&id("lab:a")).unwrap().active, &new));
}

#[tokio::test]
async fn a_driver_that_is_forgotten_has_no_devices() {
    let registry = Registry::default();
    let lab = active("lab", 1, &["lab:a"]);
    registry.publish(&lab.name, Entry::Active(Arc::clone(&lab)), SAVED).unwrap();
    registry.forget(&lab.name, SAVED).unwrap();
    assert!(registry.route(&id("lab:a")).is_none());
    assert!(registry.snapshot().drivers().is_empty());
}

fn trial(candidate: Arc<Active>, share: f64) -> Arc<Run> {
    let plan = Trial {
        share,
        requests: 1000,
        max_error_rate: 0.5,
        max_latency_ratio: None,
        timeout: Duration::from_mins(1),
    };
    Arc::new(Run::new(plan, candidate, Tally::default()))
}

#[tokio::test]
async fn on_trial_a_generation_gets_exactly_its_share_of_the_devices_it_has() {
    let registry = Registry::default();
    let (old, new) = (active("lab", 1, &["lab:a", "lab:b"]), active("lab", 2, &["lab:a"]));
    registry.publish(&old.name, Entry::Active(Arc::clone(&old)), SAVED).unwrap();
    registry.begin_trial(&old.name, trial(Arc::clone(&new), 0.25)).unwrap();
    let by_new = |device: &str| {
        (0..100).filter(|_| Arc::ptr_eq(&registry.route(&id(device)).unwrap().active, &new)).count()
    };
    assert_eq!((by_new("lab:a"), by_new("lab:b")), (25, 0));
    registry.end_trial(&old.name);
    assert_eq!(by_new("lab:a"), 0);
}
