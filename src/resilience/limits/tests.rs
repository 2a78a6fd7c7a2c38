#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, yield_now};

use super::*;

const LONG: Duration = Duration::from_mins(1);

fn soon() -> Instant {
    Instant::now() + LONG
}

fn bulkhead(concurrent: u32, waiting: u32) -> Arc<Bulkhead> {
    Bulkhead::new(Size { concurrent, waiting, wait: LONG })
}

fn blocking<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Lets every task that can go on do so.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test]
async fn turns_are_first_come_first_served_and_the_queue_has_an_end() {
    let bulkhead = bulkhead(1, 2);
    let first = bulkhead.enter(soon()).await.unwrap();
    let (sender, mut order) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..2 {
        let (bulkhead, sender) = (Arc::clone(&bulkhead), sender.clone());
        tokio::spawn(async move {
            let place = bulkhead.enter(soon()).await.unwrap();
            sender.send(number).unwrap();
            drop(place);
        });
        settle().await;
    }
    assert_eq!(bulkhead.waiting(), 2);
    assert_eq!(bulkhead.enter(soon()).await.unwrap_err(), Full::Queue { retry_after: None });
    drop(first);
    assert_eq!((order.recv().await, order.recv().await), (Some(0), Some(1)));
    settle().await;
    assert_eq!((bulkhead.taken(), bulkhead.waiting()), (0, 0));
    let _place = bulkhead.enter(soon()).await.unwrap();
}

#[tokio::test]
async fn a_wait_ends_at_its_bound_or_at_the_callers_deadline_whichever_is_first() {
    let short = Duration::from_millis(5);
    let bulkhead = Bulkhead::new(Size { concurrent: 1, waiting: 8, wait: short });
    drop(bulkhead.enter(soon()).await.unwrap());
    let _place = bulkhead.enter(soon()).await.unwrap();
    let refused = bulkhead.enter(soon()).await.unwrap_err();
    assert!(matches!(refused, Full::Wait { retry_after: Some(_) }), "{refused:?}");
    assert_eq!(bulkhead.enter(Instant::now()).await.unwrap_err(), Full::Deadline);
    assert_eq!(bulkhead.waiting(), 0);
}

#[tokio::test]
async fn the_time_to_come_back_follows_from_how_long_places_are_taken() {
    let bulkhead = bulkhead(1, 0);
    let stay = Duration::from_millis(20);
    let place = bulkhead.enter(soon()).await.unwrap();
    tokio::time::sleep(stay).await;
    drop(place);
    let _place = bulkhead.enter(soon()).await.unwrap();
    let Err(Full::Queue { retry_after: Some(told) }) = bulkhead.enter(soon()).await else {
        panic!("there is no queue and a stay is known");
    };
    assert!(told >= stay && told < LONG, "{told:?}");
}

#[derive(Debug, Clone)]
enum Step {
    Enter,
    /// Hang up, whether waiting or inside.
    Abort(prop::sample::Index),
    Leave(prop::sample::Index),
    Settle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Enter),
        2 => any::<prop::sample::Index>().prop_map(Step::Abort),
        2 => any::<prop::sample::Index>().prop_map(Step::Leave),
        2 => Just(Step::Settle),
    ];
    prop::collection::vec(step, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_place_is_lost_or_doubled_however_callers_hang_up(
        concurrent in 1u32..6,
        waiting in 0u32..6,
        steps in steps(),
    ) {
        blocking(async {
            let bulkhead = bulkhead(concurrent, waiting);
            let mut tasks: Vec<(JoinHandle<bool>, oneshot::Sender<()>)> = Vec::new();
            for step in steps {
                match step {
                    Step::Enter => {
                        let (bulkhead, (leave, left)) = (Arc::clone(&bulkhead), oneshot::channel());
                        let task = tokio::spawn(async move {
                            let place = bulkhead.enter(soon()).await;
                            let _ = left.await;
                            place.is_ok()
                        });
                        tasks.push((task, leave));
                    }
                    Step::Abort(index) if !tasks.is_empty() => {
                        tasks.swap_remove(index.index(tasks.len())).0.abort();
                    }
                    Step::Leave(index) if !tasks.is_empty() => {
                        let _ = tasks.swap_remove(index.index(tasks.len())).1.send(());
                    }
                    Step::Settle => settle().await,
                    Step::Abort(_) | Step::Leave(_) => {}
                }
                prop_assert!(bulkhead.taken() <= concurrent as usize);
                prop_assert!(bulkhead.waiting() <= waiting);
            }
            for (task, _) in tasks {
                task.abort();
            }
            settle().await;
            prop_assert_eq!((bulkhead.taken(), bulkhead.waiting()), (0, 0));
            let mut places = Vec::new();
            for _ in 0..concurrent {
                places.push(bulkhead.enter(Instant::now()).await.unwrap());
            }
            prop_assert!(bulkhead.enter(Instant::now()).await.is_err());
            Ok(())
        })?;
    }
}

// === everyone's limits ===

fn names() -> (CallerId, DriverName, DeviceId) {
    (CallerId::new("tenant/user"), DriverName::new("ibm"), DeviceId::new("ibm:a"))
}

async fn enter(
    limits: &Limits,
    (caller, driver, device): &(CallerId, DriverName, DeviceId),
    settings: &Admission,
) -> Result<(Guest, Place), Failure> {
    let guest = limits.admit_caller(caller, soon()).await?;
    Ok((guest, limits.admit(driver, device, settings, soon()).await?))
}

fn per_hour(times: u32) -> config::Rate {
    config::Rate::Times(NonZeroU32::new(times).unwrap(), Duration::from_hours(1))
}

#[tokio::test]
async fn a_caller_over_its_rate_is_told_when_to_come_back_and_costs_the_others_nothing() {
    let callers = config::Callers { rate: per_hour(60), burst: 2, ..config::Callers::default() };
    let settings = Admission { rate: per_hour(60), burst: 3, ..Admission::default() };
    let (limits, names) = (Limits::new(&callers), names());
    for _ in 0..2 {
        drop(enter(&limits, &names, &settings).await.unwrap());
    }
    for _ in 0..10 {
        let failure = enter(&limits, &names, &settings).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Quota);
        let wait = failure.retry_after.unwrap();
        assert!(wait <= LONG && wait > LONG / 2, "{wait:?}");
        assert!(failure.message.contains("resilience.callers.rate"), "{}", failure.message);
    }
    let other = (CallerId::new("other"), names.1, names.2);
    drop(enter(&limits, &other, &settings).await.unwrap());
    let failure = enter(&limits, &other, &settings).await.unwrap_err();
    assert!(failure.message.contains("resilience.admission.rate"), "{}", failure.message);
}

#[tokio::test]
async fn places_are_given_back_and_callers_forgotten_with_their_last_request() {
    let settings = Admission { concurrent: 2, waiting: 0, ..Admission::default() };
    let (limits, names) = (Limits::new(&config::Callers::default()), names());
    let driver = names.1.clone();
    let admit = || enter(&limits, &names, &settings);
    let (one, two) = (admit().await.unwrap(), admit().await.unwrap());
    assert_eq!(limits.load(), [(driver.clone(), 2, 0)]);
    let failure = admit().await.unwrap_err();
    assert!(failure.message.contains("resilience.admission.concurrent"), "{}", failure.message);
    drop(one);
    let three = admit().await.unwrap();
    assert_eq!(limits.callers.remembered(), 1);
    drop((two, three));
    assert_eq!(limits.load(), [(driver.clone(), 0, 0)]);
    assert_eq!(limits.callers.remembered(), 0);
}

#[tokio::test]
async fn a_caller_that_hangs_up_while_it_waits_is_forgotten() {
    let callers = config::Callers { concurrent: 1, ..config::Callers::default() };
    let (limits, names) = (Arc::new(Limits::new(&callers)), names());
    let driver = names.1.clone();
    let settings = Admission::default();
    let inside = enter(&limits, &names, &settings).await.unwrap();
    let waits = tokio::spawn({
        let (limits, names) = (Arc::clone(&limits), names.clone());
        async move { enter(&limits, &names, &settings).await.map(drop) }
    });
    settle().await;
    drop(inside);
    waits.abort();
    let _ = waits.await;
    assert_eq!(limits.callers.remembered(), 0);
    assert_eq!(limits.load(), [(driver, 0, 0)]);
}
