//! The pool over a driver that only counts: connections that exist, and what is asked of them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use proptest::prelude::*;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::*;
use crate::driver::DriverInfo;
use crate::model::{
    Device, DeviceId, DeviceState, ExecutionKey, ExecutionRequest, Generation, Health, Outcome, Properties,
    Reconciliation, Ticket,
};
use crate::telemetry::metrics::BuildInfo;

const LONG: Duration = Duration::from_mins(1);

/// What the counting driver saw.
#[derive(Default)]
struct Seen {
    alive: AtomicUsize,
    most: AtomicUsize,
    opened: AtomicUsize,
    asked: AtomicUsize,
    /// Connections say that they cannot work.
    sick: AtomicBool,
    /// No connection can be opened.
    broken: AtomicBool,
}

impl Seen {
    fn alive(&self) -> usize {
        self.alive.load(Ordering::Acquire)
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::Acquire)
    }
}

struct Counting {
    name: DriverName,
    seen: Arc<Seen>,
}

#[async_trait]
impl Driver for Counting {
    fn name(&self) -> &DriverName {
        &self.name
    }

    fn generation(&self) -> Generation {
        Generation(1)
    }

    async fn connect(&self, _: Call) -> Result<Box<dyn Connection>, Failure> {
        yield_now().await;
        if self.seen.broken.load(Ordering::Acquire) {
            return Err(Failure::new(FailureKind::Unavailable, "broken"));
        }
        let alive = self.seen.alive.fetch_add(1, Ordering::AcqRel) + 1;
        self.seen.most.fetch_max(alive, Ordering::AcqRel);
        self.seen.opened.fetch_add(1, Ordering::AcqRel);
        Ok(Box::new(Counted { seen: Arc::clone(&self.seen), reuse: Reuse::Keep, info: info() }))
    }
}

struct Counted {
    seen: Arc<Seen>,
    reuse: Reuse,
    info: Arc<DriverInfo>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.seen.alive.fetch_sub(1, Ordering::AcqRel);
    }
}

#[async_trait]
impl Connection for Counted {
    fn info(&self) -> &Arc<DriverInfo> {
        &self.info
    }

    fn reuse(&self) -> Reuse {
        self.reuse
    }

    async fn devices(&mut self, _: Call) -> Result<Vec<Device>, Failure> {
        Ok(Vec::new())
    }

    async fn device_state(&mut self, _: Call, _: &DeviceId) -> Result<DeviceState, Failure> {
        Err(unused())
    }

    async fn execute(&mut self, _: Call, _: ExecutionRequest) -> Result<Outcome, Failure> {
        Err(unused())
    }

    async fn poll(&mut self, _: Call, _: &Ticket) -> Result<Outcome, Failure> {
        Err(unused())
    }

    /// Stands for a call after which the connection is not to be trusted.
    async fn cancel(&mut self, _: Call, _: &Ticket) -> Result<(), Failure> {
        self.reuse = Reuse::Condemned;
        Ok(())
    }

    async fn reconcile(&mut self, _: Call, _: &ExecutionKey) -> Result<Reconciliation, Failure> {
        Err(unused())
    }

    async fn calibrate(
        &mut self,
        _: Call,
        _: &DeviceId,
        _: &BTreeMap<String, String>,
    ) -> Result<String, Failure> {
        Err(unused())
    }

    async fn health(&mut self, _: Call) -> Result<Health, Failure> {
        self.seen.asked.fetch_add(1, Ordering::AcqRel);
        yield_now().await;
        let ready = !self.seen.sick.load(Ordering::Acquire);
        Ok(Health { ready, reason: String::new(), details: Properties::new() })
    }
}

fn unused() -> Failure {
    Failure::new(FailureKind::Unimplemented, "not part of the pool's business")
}

fn info() -> Arc<DriverInfo> {
    Arc::new(DriverInfo {
        name: "counting".to_owned(),
        version: "1.0.0".to_owned(),
        vendor: String::new(),
        ticket_version: 1,
        accepts_ticket_versions: Vec::new(),
        features: Properties::new(),
    })
}

fn bounds(size: usize) -> Bounds {
    Bounds {
        size,
        min_idle: 0,
        idle_timeout: LONG,
        max_lifetime: LONG,
        health_interval: Duration::ZERO,
        acquire_timeout: LONG,
        initialize_timeout: LONG,
    }
}

fn pool(bounds: Bounds) -> (Arc<Pool>, Arc<Seen>) {
    let seen = Arc::<Seen>::default();
    let driver = Arc::new(Counting { name: DriverName::new("counting"), seen: Arc::clone(&seen) });
    (Pool::new(driver, bounds, Telemetry::new(BuildInfo { version: "0", interface: "0" })), seen)
}

fn call() -> Call {
    Call { deadline: Instant::now() + LONG }
}

/// Connections by the gauges: active, idle.
fn gauges(pool: &Pool) -> (usize, usize) {
    let page = pool.telemetry.metrics().encode();
    let gauge = |state: &str| {
        let start = format!("eigen_driver_connections{{driver=\"counting\",state=\"{state}\"}} ");
        let value = page.lines().find_map(|line| line.strip_prefix(&start));
        value.map_or(0, |value| value.parse().unwrap())
    };
    (gauge("active"), gauge("idle"))
}

/// Lets every task that can go on do so.
async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
}

#[tokio::test]
async fn a_connection_is_used_again_and_counted_in_its_state() {
    let (pool, seen) = pool(bounds(2));
    let lease = pool.lease(call()).await.unwrap();
    assert_eq!(gauges(&pool), (1, 0));
    drop(lease);
    assert_eq!(gauges(&pool), (0, 1));
    drop(pool.lease(call()).await.unwrap());
    assert_eq!((seen.opened(), gauges(&pool)), (1, (0, 1)));
}

#[tokio::test]
async fn enough_connections_lie_ready_before_anyone_asks_and_again_after() {
    let (pool, seen) = pool(Bounds { min_idle: 2, ..bounds(4) });
    until(|| gauges(&pool) == (0, 2)).await;
    let lease = pool.lease(call()).await.unwrap();
    until(|| gauges(&pool) == (1, 2)).await;
    drop(lease);
    assert_eq!((seen.alive(), seen.opened()), (3, 3));
}

#[tokio::test]
async fn a_driver_that_cannot_be_opened_is_not_tried_at_every_call() {
    let (pool, seen) = pool(Bounds { min_idle: 1, ..bounds(4) });
    until(|| gauges(&pool) == (0, 1)).await;
    seen.broken.store(true, Ordering::Release);
    let _lease = pool.lease(call()).await.unwrap();
    for _ in 0..100 {
        assert!(pool.lease(call()).await.is_err());
    }
    seen.broken.store(false, Ordering::Release);
    settle().await;
    let page = pool.telemetry.metrics().encode();
    let errors = page.lines().find(|line| line.starts_with("eigen_driver_connection_errors_total{")).unwrap();
    let errors: usize = errors.rsplit(' ').next().unwrap().parse().unwrap();
    // The callers' own hundred and one of the keeper's, or two if a tick came in between.
    assert!((100..=102).contains(&errors), "{errors}");
}

#[tokio::test]
async fn a_connection_has_an_end_however_much_it_is_used() {
    let (pool, seen) = pool(Bounds { max_lifetime: Duration::from_millis(1), ..bounds(1) });
    for _ in 0..3 {
        let lease = pool.lease(call()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
        drop(lease);
        assert_eq!(seen.alive(), 0);
    }
    assert_eq!(seen.opened(), 3);
}

#[tokio::test]
async fn idle_connections_go_but_the_fewest_that_are_kept_stay() {
    let idle_timeout = Duration::from_millis(20);
    let (pool, seen) = pool(Bounds { min_idle: 1, idle_timeout, ..bounds(4) });
    let leases = futures::future::join_all((0..4).map(|_| pool.lease(call()))).await;
    assert_eq!(seen.alive(), 4);
    drop(leases);
    until(|| seen.alive() == 1).await;
    assert_eq!(gauges(&pool), (0, 1));
}

#[tokio::test]
async fn an_idle_connection_that_cannot_work_any_more_is_ended() {
    let health_interval = Duration::from_millis(20);
    let (pool, seen) = pool(Bounds { health_interval, ..bounds(2) });
    drop(pool.lease(call()).await.unwrap());
    until(|| seen.asked.load(Ordering::Acquire) >= 2).await;
    assert_eq!(seen.alive(), 1);
    seen.sick.store(true, Ordering::Release);
    until(|| seen.alive() == 0).await;
    assert_eq!(gauges(&pool), (0, 0));
}

#[tokio::test]
async fn a_closed_pool_lends_nothing_and_keeps_nothing() {
    let (pool, seen) = pool(bounds(2));
    let (one, two) = (pool.lease(call()).await.unwrap(), pool.lease(call()).await.unwrap());
    drop(one);
    pool.close();
    assert_eq!(seen.alive(), 1);
    drop(two);
    assert_eq!((seen.alive(), gauges(&pool)), (0, (0, 0)));
    assert!(pool.lease(call()).await.is_err_and(|failure| failure.kind == FailureKind::Aborted));
    assert!(pool.try_lease(call()).await.is_none());
}

#[tokio::test]
async fn whoever_waits_is_served_in_order_and_no_longer_than_is_configured() {
    let (pool, _) = pool(Bounds { acquire_timeout: Duration::from_millis(20), ..bounds(1) });
    let lease = pool.lease(call()).await.unwrap();
    let Err(failure) = pool.lease(call()).await else { panic!("there is only one") };
    assert_eq!(failure.kind, FailureKind::Capacity);
    let hurried = Call { deadline: Instant::now() + Duration::from_millis(1) };
    assert!(pool.lease(hurried).await.is_err_and(|failure| failure.kind == FailureKind::Timeout));
    drop(lease);

    let (pool, _) = super::tests::pool(bounds(1));
    let lease = pool.lease(call()).await.unwrap();
    let (sender, mut order) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..10 {
        let (pool, sender) = (Arc::clone(&pool), sender.clone());
        tokio::spawn(async move {
            let _lease = pool.lease(call()).await.unwrap();
            sender.send(number).unwrap();
        });
        settle().await;
    }
    drop(lease);
    for number in 0..10 {
        assert_eq!(order.recv().await, Some(number));
    }
}

// === whatever happens ===

#[derive(Debug, Clone)]
enum Step {
    Borrow,
    /// Hang up, whether waiting, opening or calling.
    HangUp(prop::sample::Index),
    Return(prop::sample::Index),
    /// Return it after a call that condemned it.
    Spoil(prop::sample::Index),
    Settle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        5 => Just(Step::Borrow),
        2 => index().prop_map(Step::HangUp),
        2 => index().prop_map(Step::Return),
        1 => index().prop_map(Step::Spoil),
        2 => Just(Step::Settle),
    ];
    prop::collection::vec(step, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_lease_is_lost_or_doubled_however_callers_hang_up(
        size in 1usize..5,
        min_idle in 0usize..3,
        steps in steps(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (pool, seen) = pool(Bounds { min_idle: min_idle.min(size), ..bounds(size) });
            let mut tasks = Vec::new();
            for step in steps {
                match step {
                    Step::Borrow => {
                        let (pool, (end, ended)) = (Arc::clone(&pool), oneshot::channel());
                        let task = tokio::spawn(async move {
                            let mut lease = pool.lease(call()).await.unwrap();
                            if ended.await == Ok(true) {
                                lease.cancel(call(), &Ticket::new("")).await.unwrap();
                            }
                        });
                        tasks.push((task, end));
                    }
                    Step::Settle => settle().await,
                    Step::HangUp(_) | Step::Return(_) | Step::Spoil(_) if tasks.is_empty() => {}
                    Step::HangUp(index) => tasks.swap_remove(index.index(tasks.len())).0.abort(),
                    Step::Return(index) => _ = tasks.swap_remove(index.index(tasks.len())).1.send(false),
                    Step::Spoil(index) => _ = tasks.swap_remove(index.index(tasks.len())).1.send(true),
                }
                let (active, idle) = gauges(&pool);
                prop_assert_eq!(active + idle, seen.alive());
                prop_assert_eq!(idle, pool.shelf().len());
                prop_assert!(seen.alive() <= size);
            }
            for (task, _) in tasks {
                task.abort();
            }
            settle().await;
            prop_assert!(seen.most.load(Ordering::Acquire) <= size);
            // Every place and every slot is there again, and not one more.
            let mut leases = Vec::new();
            for _ in 0..size {
                leases.push(pool.lease(call()).await.unwrap());
            }
            prop_assert_eq!((gauges(&pool), seen.alive()), ((size, 0), size));
            prop_assert!(pool.try_lease(call()).await.is_none());
            Ok(())
        })?;
    }
}
