#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::config::Percent;
use crate::model::{DeviceId, DriverName, Failure, FailureKind};

const SECOND: Duration = Duration::from_secs(1);
const QUICK: Duration = Duration::from_millis(1);
const GOOD: Verdict = Verdict::Success { took: QUICK };
const BAD: Verdict = Verdict::Failure { took: QUICK };
const SLOW: Verdict = Verdict::Success { took: Duration::from_secs(5) };

fn settings() -> BreakerConfig {
    BreakerConfig {
        enabled: true,
        window: 10 * SECOND,
        min_calls: 10,
        error_rate: Percent(50),
        consecutive_failures: 5,
        slow_call: SECOND,
        slow_rate: Percent(80),
        open_for: 5 * SECOND,
        open_longest: 30 * SECOND,
        probes: 2,
        close_after: 2,
        patience: SECOND,
    }
}

/// A breaker and the time in its world.
struct World {
    breaker: Breaker,
    now: Instant,
}

impl World {
    fn new(settings: BreakerConfig) -> Self {
        let now = Instant::now();
        Self { breaker: Breaker::new(settings, now), now }
    }

    fn call(&mut self, verdict: Verdict) -> Option<Change> {
        let pass = self.breaker.admit(self.now).unwrap();
        self.breaker.record(pass, verdict, self.now)
    }

    fn refused(&mut self) -> Option<Duration> {
        self.breaker.admit(self.now).unwrap_err().remaining
    }

    fn phase(&self) -> Phase {
        self.breaker.snapshot(self.now).phase
    }

    /// An open breaker.
    fn tripped(settings: BreakerConfig) -> Self {
        let mut world = Self::new(settings);
        while world.phase() == Phase::Closed {
            world.call(BAD);
        }
        world
    }
}

fn change(from: Phase, to: Phase, cause: Cause) -> Change {
    Change { from, to, cause }
}

#[test]
fn failures_in_a_row_trip_it_and_a_success_starts_the_count_anew() {
    let mut world = World::new(settings());
    for verdict in [BAD, BAD, BAD, BAD, GOOD, BAD, BAD, BAD, BAD] {
        assert_eq!(world.call(verdict), None);
    }
    assert_eq!(world.call(BAD), Some(change(Phase::Closed, Phase::Open, Cause::ConsecutiveFailures)));
    assert_eq!(world.refused(), Some(5 * SECOND));
    world.now += 2 * SECOND;
    assert_eq!(world.refused(), Some(3 * SECOND), "the rest is told truthfully");
}

#[test]
fn a_share_of_failures_trips_it_once_there_are_enough_calls() {
    let mut world = World::new(settings());
    for _ in 0..4 {
        assert_eq!(world.call(GOOD), None);
        assert_eq!(world.call(BAD), None);
    }
    assert_eq!(world.call(GOOD), None, "nine calls are too few to judge");
    assert_eq!(world.call(BAD), Some(change(Phase::Closed, Phase::Open, Cause::ErrorRate)));
}

#[test]
fn failures_that_have_left_the_window_count_no_longer() {
    let mut world = World::new(settings());
    for _ in 0..4 {
        world.call(GOOD);
        world.call(BAD);
    }
    world.now += 11 * SECOND;
    for _ in 0..9 {
        assert_eq!(world.call(GOOD), None);
    }
    assert_eq!(world.call(BAD), None, "one of ten failed");
}

#[test]
fn slow_calls_trip_it_although_they_succeed() {
    let mut world = World::new(settings());
    for _ in 0..2 {
        world.call(GOOD);
    }
    for _ in 0..7 {
        assert_eq!(world.call(SLOW), None);
    }
    assert_eq!(world.call(SLOW), Some(change(Phase::Closed, Phase::Open, Cause::SlowCalls)));

    let mut world = World::new(BreakerConfig { slow_call: Duration::ZERO, ..settings() });
    assert!((0..100).all(|_| world.call(SLOW).is_none()), "where nothing is slow, nothing trips");
}

#[test]
fn after_the_wait_a_few_probes_pass_and_their_success_closes_it() {
    let mut world = World::tripped(settings());
    world.now += 5 * SECOND;
    let first = world.breaker.admit(world.now).unwrap();
    assert_eq!(first.change(), Some(change(Phase::Open, Phase::HalfOpen, Cause::Waited)));
    let second = world.breaker.admit(world.now).unwrap();
    assert_eq!(second.change(), None);
    assert_eq!(world.refused(), Some(5 * SECOND), "two probes are under way");
    assert_eq!(world.breaker.record(first, GOOD, world.now), None);
    let third = world.breaker.admit(world.now).unwrap();
    let closed = world.breaker.record(second, GOOD, world.now);
    assert_eq!(closed, Some(change(Phase::HalfOpen, Phase::Closed, Cause::ProbesSucceeded)));
    assert_eq!(world.breaker.record(third, BAD, world.now), None);
    assert_eq!(world.breaker.snapshot(world.now).calls, 0, "a probe of the past has no say");
}

#[test]
fn each_relapse_doubles_the_wait_up_to_its_bound() {
    let mut world = World::tripped(settings());
    for wait in [5, 10, 20, 30, 30] {
        assert_eq!(world.refused(), Some(wait * SECOND));
        world.now += wait * SECOND;
        assert_eq!(world.call(BAD), Some(change(Phase::HalfOpen, Phase::Open, Cause::ProbeFailed)));
    }
    world.now += 30 * SECOND;
    world.call(GOOD);
    world.call(GOOD);
    let mut again = World::tripped(settings());
    assert_eq!(again.refused(), Some(5 * SECOND), "once closed, it starts anew");
}

#[test]
fn a_probe_that_is_slow_again_has_not_shown_that_anything_healed() {
    let mut world = World::tripped(settings());
    world.now += 5 * SECOND;
    assert_eq!(world.call(SLOW), Some(change(Phase::HalfOpen, Phase::Open, Cause::ProbeFailed)));
}

#[test]
fn probes_that_are_never_heard_of_again_do_not_keep_it_half_open_for_ever() {
    let mut world = World::tripped(settings());
    world.now += 5 * SECOND;
    for _ in 0..2 {
        // As if the caller had forgotten them.
        drop(world.breaker.admit(world.now).unwrap());
    }
    let wait = world.refused().unwrap();
    world.now += wait;
    world.call(GOOD);
    assert!(world.call(GOOD).is_some());
    assert_eq!(world.phase(), Phase::Closed);
}

#[test]
fn a_probe_that_takes_longer_than_the_wait_still_counts() {
    let mut world = World::tripped(settings());
    world.now += 5 * SECOND;
    let (one, two) = (world.breaker.admit(world.now).unwrap(), world.breaker.admit(world.now).unwrap());
    world.now += 60 * SECOND;
    world.breaker.record(one, GOOD, world.now);
    world.breaker.record(two, GOOD, world.now);
    assert_eq!(world.phase(), Phase::Closed);
}

#[test]
fn an_operators_word_counts_until_it_is_taken_back() {
    let mut world = World::new(settings());
    let forced = world.breaker.force(Some(Forced::Open), world.now);
    assert_eq!(forced, Some(change(Phase::Closed, Phase::Open, Cause::Operator)));
    world.now += 1000 * SECOND;
    assert_eq!(world.refused(), None, "nobody can know for how long");
    world.breaker.force(Some(Forced::Closed), world.now);
    assert!((0..100).all(|_| world.call(BAD).is_none()));
    assert_eq!(world.breaker.snapshot(world.now).failures, 100, "it still counts");
    assert_eq!(world.breaker.force(None, world.now), None);
    let mut calls = (0..5).filter_map(|_| world.call(BAD));
    assert!(calls.next().is_some(), "five new failures trip it");
}

#[test]
fn switched_off_it_lets_everything_pass() {
    let mut world = World::new(BreakerConfig { enabled: false, ..settings() });
    assert!((0..100).all(|_| world.call(BAD).is_none()));
}

#[test]
fn new_settings_hold_for_what_was_counted_before() {
    let mut world = World::new(settings());
    (0..3).for_each(|_| _ = world.call(BAD));
    let stricter = BreakerConfig { consecutive_failures: 4, ..settings() };
    world.breaker.configure(stricter, world.now);
    assert!(world.call(BAD).is_some());
}

// === all breakers together ===

fn names() -> (DriverName, DeviceId, DeviceId) {
    (DriverName::new("ibm"), DeviceId::new("ibm:a"), DeviceId::new("ibm:b"))
}

#[test]
fn a_dead_device_does_not_close_the_way_to_its_neighbour() {
    let (board, now, (driver, dead, alive)) = (Breakers::default(), Instant::now(), names());
    let failure = Failure::new(FailureKind::Unavailable, "");
    let judgement = Judgement::of_call::<()>(Err(&failure), QUICK, SECOND);
    let mut changes = Vec::new();
    while let Ok(permit) = board.admit(&driver, &dead, &settings(), now) {
        changes.extend(permit.report(judgement, now));
    }
    let opened = Change { from: Phase::Closed, to: Phase::Open, cause: Cause::ConsecutiveFailures };
    assert_eq!(changes, [(Scope::Device(dead.clone()), opened)]);
    let refused = board.admit(&driver, &dead, &settings(), now).unwrap_err();
    let failure = Failure::from(refused);
    assert_eq!((failure.kind, failure.retry_after), (FailureKind::Unavailable, Some(5 * SECOND)));
    assert!(board.is_open(&driver, &dead, now) && !board.is_open(&driver, &alive, now));
    drop(board.admit(&driver, &alive, &settings(), now).unwrap());
}

#[test]
fn a_trapping_driver_closes_the_way_to_all_its_devices() {
    let (board, now, (driver, one, other)) = (Breakers::default(), Instant::now(), names());
    let failure = Failure::new(FailureKind::Internal, "trap");
    let judgement = Judgement::of_call::<()>(Err(&failure), QUICK, SECOND);
    while let Ok(permit) = board.admit(&driver, &one, &settings(), now) {
        drop(permit.report(judgement, now));
    }
    let refused = board.admit(&driver, &other, &settings(), now).unwrap_err();
    assert_eq!(refused.scope, Scope::Driver(driver));
}

#[test]
fn a_permit_that_is_dropped_frees_its_probes() {
    let (board, now, (driver, device, _)) = (Breakers::default(), Instant::now(), names());
    let failed = Judgement { driver: BAD, device: BAD };
    while let Ok(permit) = board.admit(&driver, &device, &settings(), now) {
        drop(permit.report(failed, now));
    }
    let later = now + 5 * SECOND;
    for _ in 0..100 {
        // A caller that hangs up.
        drop(board.admit(&driver, &device, &settings(), later).unwrap());
    }
    for _ in 0..2 {
        let permit = board.admit(&driver, &device, &settings(), later).unwrap();
        drop(permit.report(Judgement { driver: GOOD, device: GOOD }, later));
    }
    let phases: Vec<_> = board.snapshots(later).into_iter().map(|(_, snapshot)| snapshot.phase).collect();
    assert_eq!(phases, [Phase::Closed, Phase::Closed]);
}

#[test]
fn a_change_on_the_way_to_a_refusal_is_told_as_well() {
    let (board, now, (driver, device, _)) = (Breakers::default(), Instant::now(), names());
    let failed = Judgement { driver: Verdict::Nothing, device: BAD };
    while let Ok(permit) = board.admit(&driver, &device, &settings(), now) {
        drop(permit.report(failed, now));
    }
    board.force(Scope::Driver(driver.clone()), Some(Forced::Open), &settings(), now);
    let refused = board.admit(&driver, &device, &settings(), now + 5 * SECOND).unwrap_err();
    let half_open = change(Phase::Open, Phase::HalfOpen, Cause::Waited);
    assert_eq!(
        (refused.scope, refused.change),
        (Scope::Driver(driver), Some((Scope::Device(device), half_open)))
    );
}

#[test]
fn drivers_that_are_gone_are_forgotten_but_not_what_an_operator_said() {
    let (board, now, (driver, device, other)) = (Breakers::default(), Instant::now(), names());
    drop(board.admit(&driver, &device, &settings(), now).unwrap());
    board.force(Scope::Device(other.clone()), Some(Forced::Open), &settings(), now);
    board.retain(|_| false);
    let left: Vec<_> = board.snapshots(now).into_iter().map(|(scope, _)| scope).collect();
    assert_eq!(left, [Scope::Device(other)]);
}

// === whatever happens ===

#[derive(Debug, Clone)]
enum Step {
    Admit,
    Report(Verdict),
    Forget,
    Wait(u64),
    Force(Option<Forced>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![3 => Just(GOOD), 4 => Just(BAD), 1 => Just(SLOW), 1 => Just(Verdict::Nothing)];
    let forced = prop_oneof![Just(None), Just(Some(Forced::Open)), Just(Some(Forced::Closed))];
    let step = prop_oneof![
        8 => Just(Step::Admit),
        8 => verdict.prop_map(Step::Report),
        1 => Just(Step::Forget),
        4 => (0u64..8_000).prop_map(Step::Wait),
        1 => forced.prop_map(Step::Force),
    ];
    prop::collection::vec(step, 0..300)
}

proptest! {
    #[test]
    fn it_keeps_its_promises_whatever_happens(steps in steps()) {
        let mut world = World::new(settings());
        let mut passes: Vec<Pass> = Vec::new();
        for step in steps {
            let before = world.breaker.snapshot(world.now);
            match step {
                Step::Wait(millis) => world.now += Duration::from_millis(millis),
                Step::Force(forced) => _ = world.breaker.force(forced, world.now),
                Step::Forget => drop(passes.pop()),
                Step::Admit => match world.breaker.admit(world.now) {
                    Ok(pass) => {
                        prop_assert!(before.phase != Phase::Open, "passed although open: {before:?}");
                        passes.push(pass);
                    }
                    Err(refusal) => {
                        prop_assert!(before.phase != Phase::Closed, "refused although closed: {before:?}");
                        let told = refusal.remaining;
                        prop_assert_eq!(told.is_none(), before.forced == Some(Forced::Open));
                        if let Some(wait) = told {
                            prop_assert!(!wait.is_zero() && wait <= settings().open_longest);
                            // If nothing else happens, whoever waits as told passes.
                            world.now += wait;
                            passes.push(world.breaker.admit(world.now).unwrap());
                        }
                    }
                },
                Step::Report(verdict) => {
                    let Some(pass) = (!passes.is_empty()).then(|| passes.remove(0)) else { continue };
                    let change = world.breaker.record(pass, verdict, world.now);
                    if verdict == Verdict::Nothing {
                        prop_assert_eq!(change, None);
                        prop_assert_eq!(world.breaker.snapshot(world.now), before);
                    }
                    if let Some(change) = change {
                        prop_assert_eq!((change.from, before.forced), (before.phase, None));
                        let enough = before.calls + 1 >= 10 || before.consecutive_failures + 1 >= 5;
                        prop_assert!(change.from != Phase::Closed || enough, "{:?}: {:?}", change, before);
                    }
                }
            }
            if let State::HalfOpen { under_way, .. } = &world.breaker.state {
                prop_assert!(under_way.len() <= 2);
            }
        }
        // Once everything works again, it closes.
        world.breaker.force(None, world.now);
        world.now += settings().open_longest;
        for _ in 0..2 {
            world.call(GOOD);
        }
        prop_assert_eq!(world.phase(), Phase::Closed);
    }

    #[test]
    fn once_the_other_side_has_healed_it_closes_by_itself(failures in 1usize..40, relapses in 0u32..8) {
        let mut world = World::tripped(settings());
        for _ in 0..relapses {
            world.now += settings().open_longest;
            prop_assert!(world.call(BAD).is_some());
        }
        for _ in 0..failures {
            prop_assert!(world.breaker.admit(world.now).is_err());
        }
        world.now += settings().open_longest;
        prop_assert_eq!(world.call(GOOD), None);
        prop_assert_eq!(world.call(GOOD), Some(change(Phase::HalfOpen, Phase::Closed, Cause::ProbesSucceeded)));
    }
}
