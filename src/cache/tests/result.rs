//! Results: what is remembered, shared, run again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::yield_now;

use super::LONG;
use crate::cache::*;
use crate::config::{ByteSize, ResultCacheConfig};
use crate::model::{DeviceId, Digest, Failure, FailureKind, Properties};

fn key(number: u64) -> ResultKey {
    let identity = Identity {
        circuit: ("aa", "aqo"),
        device: &DeviceId::new("sim:local"),
        artifact: &Digest::of(b"artifact"),
        terms: &Digest::of(b"terms"),
        calibration: None,
        shots: number,
        seed: Some(7),
        parameters: &[],
        options: &Properties::new(),
    };
    ResultKey::of(&identity, &[])
}

/// Stands for a result of so many outcomes.
#[derive(Debug)]
struct Outcomes(usize);

impl Portable for Outcomes {
    fn to_bytes(&self) -> Option<Vec<u8>> {
        Some(self.0.to_le_bytes().to_vec())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(usize::from_le_bytes(bytes.try_into().ok()?)))
    }
}

impl Weigh for Outcomes {
    fn weight(&self) -> usize {
        self.0 * 32
    }
}

fn result(outcomes: usize) -> Outcomes {
    Outcomes(outcomes)
}

/// A result cache, and how often something was run for it.
struct World {
    cache: ResultCache<Outcomes>,
    device: DeviceId,
    runs: AtomicUsize,
}

impl World {
    fn new(config: &ResultCacheConfig) -> Self {
        let device = DeviceId::new("sim:local");
        Self { cache: ResultCache::new(config, None), device, runs: AtomicUsize::new(0) }
    }

    fn run(&self, number: u64, mode: CacheMode) -> Run<'_> {
        Run {
            key: key(number),
            device: &self.device,
            mode,
            deterministic: true,
            deadline: Instant::now() + LONG,
        }
    }

    async fn ask(&self, run: Run<'_>) -> Result<Origin, Failure> {
        let execute = async {
            self.runs.fetch_add(1, Ordering::Relaxed);
            Ok(result(4))
        };
        self.cache.get_or_run(&run, execute).await.map(|answer| answer.origin)
    }

    async fn auto(&self, number: u64) -> Origin {
        self.ask(self.run(number, CacheMode::Auto)).await.unwrap()
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }
}

fn world() -> World {
    World::new(&ResultCacheConfig::default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_identical_requests_at_once_run_once() {
    let world = Arc::new(world());
    let tasks = (0..1000).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let run = world.run(1, CacheMode::Auto);
            let execute = async {
                world.runs.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(result(4))
            };
            world.cache.get_or_run(&run, execute).await.unwrap()
        })
    });
    let answers: Vec<_> = futures::future::join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(world.runs(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.origin == Origin::Ran).count(), 1);
    assert!(answers.iter().all(|answer| Arc::ptr_eq(&answer.value, &answers[0].value)));
}

#[tokio::test]
async fn a_remembered_result_says_its_age() {
    let world = world();
    assert_eq!(world.auto(1).await, Origin::Ran);
    let Origin::Hit { age, .. } = world.auto(1).await else { panic!("it was remembered") };
    assert!(age < LONG);
    assert_eq!(world.auto(2).await, Origin::Ran);
    assert_eq!(world.runs(), 2);
}

#[tokio::test]
async fn a_random_run_is_remembered_only_if_its_caller_asks_for_that() {
    let world = world();
    let random = |mode| Run { deterministic: false, ..world.run(1, mode) };
    assert_eq!(world.ask(random(CacheMode::Auto)).await.unwrap(), Origin::Bypassed);
    assert_eq!(world.ask(random(CacheMode::Use)).await.unwrap(), Origin::Ran);
    assert_eq!(world.ask(random(CacheMode::Auto)).await.unwrap(), Origin::Bypassed);
    assert!(matches!(world.ask(random(CacheMode::Use)).await.unwrap(), Origin::Hit { .. }));
    assert!(matches!(world.ask(random(CacheMode::Only)).await.unwrap(), Origin::Hit { .. }));
}

#[tokio::test]
async fn each_request_may_say_otherwise() {
    let world = world();
    let failure = world.ask(world.run(1, CacheMode::Only)).await.unwrap_err();
    assert_eq!((failure.kind, world.runs()), (FailureKind::Precondition, 0));
    assert_eq!(world.ask(world.run(1, CacheMode::Bypass)).await.unwrap(), Origin::Bypassed);
    assert_eq!(world.auto(1).await, Origin::Ran);
    assert_eq!(world.ask(world.run(1, CacheMode::Bypass)).await.unwrap(), Origin::Bypassed);
    assert_eq!(world.ask(world.run(1, CacheMode::Refresh)).await.unwrap(), Origin::Ran);
    assert_eq!(world.runs(), 4);
    assert!(matches!(world.auto(1).await, Origin::Hit { .. }));
}

#[tokio::test]
async fn switched_off_it_remembers_nothing() {
    let world = World::new(&ResultCacheConfig { enabled: false, ..ResultCacheConfig::default() });
    assert_eq!((world.auto(1).await, world.auto(1).await), (Origin::Bypassed, Origin::Bypassed));
    assert!(world.ask(world.run(1, CacheMode::Only)).await.is_err());
}

#[tokio::test]
async fn memory_is_bounded_by_weight_and_what_is_too_large_is_not_kept() {
    let (max_size, max_result) = (ByteSize::kib(64), ByteSize::kib(4));
    let world = World::new(&ResultCacheConfig { max_size, max_result, ..ResultCacheConfig::default() });
    for number in 0..1000 {
        world.auto(number).await;
    }
    let (count, size) = world.cache.size().await;
    assert!(count > 10 && size <= max_size.bytes(), "{count} results of {size} bytes");
    let large = async || {
        let run = world.run(5000, CacheMode::Auto);
        world.cache.get_or_run(&run, async { Ok(result(1000)) }).await.unwrap().origin
    };
    assert_eq!(large().await, Origin::Ran);
    world.cache.size().await;
    assert_eq!(large().await, Origin::Ran);
}

#[tokio::test]
async fn what_has_grown_old_is_run_again() {
    let ttl = Duration::from_millis(1);
    let world = World::new(&ResultCacheConfig { ttl, ..ResultCacheConfig::default() });
    world.auto(1).await;
    tokio::time::sleep(ttl * 5).await;
    assert_eq!(world.auto(1).await, Origin::Ran);
}

#[tokio::test]
async fn after_a_calibration_nothing_that_began_before_it_is_found() {
    let world = Arc::new(world());
    world.auto(1).await;
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = tokio::spawn({
        let (world, begun, go_on) = (Arc::clone(&world), Arc::clone(&begun), Arc::clone(&go_on));
        async move {
            let run = world.run(2, CacheMode::Auto);
            let execute = async {
                begun.notify_one();
                go_on.notified().await;
                Ok(result(4))
            };
            world.cache.get_or_run(&run, execute).await.unwrap().origin
        }
    });
    begun.notified().await;
    world.cache.device_changed(&world.device);
    go_on.notify_one();
    assert_eq!(slow.await.unwrap(), Origin::Ran);
    assert_eq!((world.auto(1).await, world.auto(2).await), (Origin::Ran, Origin::Ran));
    assert!(matches!(world.auto(2).await, Origin::Hit { .. }));
}

#[tokio::test]
async fn a_failure_is_shared_by_who_waits_but_never_kept() {
    let world = world();
    let fail = async || {
        let run = world.run(1, CacheMode::Auto);
        let execute = async {
            world.runs.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
            Err(Failure::new(FailureKind::Unimplemented, "no such gate"))
        };
        world.cache.get_or_run(&run, execute).await.unwrap_err().kind
    };
    let (one, other) = futures::join!(fail(), fail());
    assert_eq!((one, other, world.runs()), (FailureKind::Unimplemented, FailureKind::Unimplemented, 1));
    assert_eq!(world.auto(1).await, Origin::Ran);
}

#[tokio::test]
async fn nobody_fails_of_anothers_deadline() {
    let world = world();
    let hurried = async {
        let run = world.run(1, CacheMode::Auto);
        let execute = async {
            yield_now().await;
            Err(Failure::new(FailureKind::Timeout, "the leader's deadline"))
        };
        world.cache.get_or_run(&run, execute).await.unwrap_err().kind
    };
    let (one, other) = futures::join!(hurried, world.auto(1));
    assert_eq!((one, other), (FailureKind::Timeout, Origin::Ran));
}

#[tokio::test]
async fn nobody_waits_for_another_beyond_its_own_deadline() {
    let world = world();
    let slow = world.run(1, CacheMode::Auto);
    let leader = world.cache.get_or_run(&slow, std::future::pending());
    let follower = async {
        let deadline = Instant::now() + Duration::from_millis(5);
        world.ask(Run { deadline, ..world.run(1, CacheMode::Auto) }).await.unwrap_err().kind
    };
    tokio::select! {
        biased;
        _ = leader => panic!("it never ends"),
        kind = follower => assert_eq!(kind, FailureKind::Timeout),
    }
    assert_eq!(world.runs(), 0);
}

/// A level that hosts share, in this process.
#[derive(Default)]
struct Level {
    kept: std::sync::Mutex<std::collections::HashMap<ResultKey, Kept>>,
    changed: Notify,
    away: std::sync::atomic::AtomicBool,
}

#[async_trait::async_trait]
impl Shared for Level {
    async fn look(&self, key: &ResultKey, _: &DeviceId) -> Look {
        if self.away.load(Ordering::Relaxed) {
            return Look::default();
        }
        Look { found: self.kept.lock().unwrap().get(key).cloned(), epoch: Some(0) }
    }

    fn keep(&self, key: &ResultKey, _: &DeviceId, _: u64, kept: Kept) {
        self.kept.lock().unwrap().insert(*key, kept);
    }

    fn device_changed(&self, _: &DeviceId) {
        self.kept.lock().unwrap().clear();
        self.changed.notify_one();
    }

    async fn changed_elsewhere(&self) -> Changed {
        self.changed.notified().await;
        Changed::Anything
    }
}

fn worlds(level: &Arc<Level>) -> [World; 2] {
    let host = || {
        let cache =
            ResultCache::new(&ResultCacheConfig::default(), Some(Arc::clone(level) as Arc<dyn Shared>));
        World { cache, device: DeviceId::new("sim:local"), runs: AtomicUsize::new(0) }
    };
    [host(), host()]
}

#[tokio::test]
async fn hosts_share_what_one_of_them_has_run() {
    let level = Arc::new(Level::default());
    let [one, other] = worlds(&level);
    assert_eq!(one.auto(1).await, Origin::Ran);
    assert!(matches!(other.auto(1).await, Origin::Hit { shared: true, .. }));
    assert!(matches!(other.auto(1).await, Origin::Hit { shared: false, .. }));
    let only = other.ask(other.run(2, CacheMode::Only)).await;
    assert_eq!(only.unwrap_err().kind, FailureKind::Precondition);
    assert_eq!(one.ask(one.run(1, CacheMode::Refresh)).await.unwrap(), Origin::Ran);
    assert_eq!((one.runs(), other.runs()), (2, 0));
}

#[tokio::test]
async fn what_another_host_has_calibrated_is_run_anew() {
    let level = Arc::new(Level::default());
    let [one, other] = worlds(&level);
    assert_eq!(one.auto(1).await, Origin::Ran);
    // Let the listeners begin to listen.
    yield_now().await;
    other.cache.device_changed(&other.device);
    for _ in 0..100 {
        yield_now().await;
    }
    let origins = [one.auto(1).await, other.auto(1).await];
    assert!(origins.contains(&Origin::Ran), "{origins:?}");
}

#[tokio::test]
async fn a_level_that_is_away_keeps_nobody_from_running() {
    let level = Arc::new(Level::default());
    level.away.store(true, Ordering::Relaxed);
    let [one, other] = worlds(&level);
    assert_eq!((one.auto(1).await, other.auto(1).await), (Origin::Ran, Origin::Ran));
    assert!(level.kept.lock().unwrap().is_empty());
}
