//! Devices: fresh, stale but marked, forgotten.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::task::yield_now;

use super::LONG;
use crate::cache::DeviceCache;
use crate::config::DeviceCacheConfig;
use crate::model::{
    DeviceId, DeviceState, DeviceStatus, DriverName, Failure, FailureKind, Generation, Properties,
};

fn state(queue_depth: u32) -> DeviceState {
    DeviceState {
        status: DeviceStatus::Online,
        queue_depth,
        estimated_wait: None,
        as_of: SystemTime::now(),
        metadata: Properties::new(),
    }
}

fn down() -> Failure {
    Failure::new(FailureKind::Unavailable, "the provider is down")
}

fn devices(state_ttl: Duration, max_stale: Duration) -> DeviceCache {
    DeviceCache::new(&DeviceCacheConfig { state_ttl, max_stale, ..DeviceCacheConfig::default() })
}

fn owner(generation: u64) -> (DriverName, Generation) {
    (DriverName::new("ibm"), Generation(generation))
}

async fn depth(
    cache: &DeviceCache,
    fetch: impl Future<Output = Result<DeviceState, Failure>>,
) -> Result<(u32, Option<String>), Failure> {
    let seen = cache.state(&owner(1), &DeviceId::new("ibm:a"), Instant::now() + LONG, fetch).await?;
    Ok((seen.value.queue_depth, seen.stale))
}

#[tokio::test]
async fn a_fresh_answer_is_not_asked_for_again() {
    let cache = devices(LONG, LONG);
    assert_eq!(depth(&cache, async { Ok(state(1)) }).await.unwrap(), (1, None));
    assert_eq!(depth(&cache, async { panic!("asked again") }).await.unwrap(), (1, None));
}

#[tokio::test]
async fn a_stale_answer_stands_in_with_the_reason_while_the_provider_is_down() {
    let cache = devices(Duration::ZERO, LONG);
    assert_eq!(depth(&cache, async { Err(down()) }).await.unwrap_err().message, "the provider is down");
    assert_eq!(depth(&cache, async { Ok(state(1)) }).await.unwrap(), (1, None));
    let reason = Some("the provider is down".to_owned());
    assert_eq!(depth(&cache, async { Err(down()) }).await.unwrap(), (1, reason));
    assert_eq!(depth(&cache, async { Ok(state(2)) }).await.unwrap(), (2, None));
}

#[tokio::test]
async fn what_is_too_old_does_not_stand_in() {
    let age = Duration::from_millis(1);
    let cache = devices(Duration::ZERO, age);
    depth(&cache, async { Ok(state(1)) }).await.unwrap();
    tokio::time::sleep(age * 5).await;
    assert!(depth(&cache, async { Err(down()) }).await.is_err());
}

#[tokio::test]
async fn those_who_ask_at_once_share_one_question() {
    let (cache, asked) = (devices(Duration::ZERO, LONG), AtomicUsize::new(0));
    let ask = async || {
        let fetch = async {
            asked.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
            Ok(state(3))
        };
        depth(&cache, fetch).await.unwrap()
    };
    let answers = futures::future::join_all((0..100).map(|_| ask())).await;
    assert!(answers.iter().all(|answer| *answer == (3, None)));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn after_a_calibration_no_answer_from_before_it_is_given_not_even_a_late_one() {
    let cache = devices(LONG, LONG);
    let (owner, device) = (owner(1), DeviceId::new("ibm:a"));
    let late = async {
        // The device is calibrated while its driver is still being asked.
        cache.forget_device(&owner, &device).await;
        Ok(state(1))
    };
    assert_eq!(depth(&cache, late).await.unwrap(), (1, None));
    assert_eq!(depth(&cache, async { Ok(state(2)) }).await.unwrap(), (2, None));
    cache.forget_device(&owner, &device).await;
    assert_eq!(depth(&cache, async { Ok(state(3)) }).await.unwrap(), (3, None));
}

#[tokio::test]
async fn a_generation_is_not_answered_for_by_the_one_before_it() {
    let (cache, device) = (devices(LONG, LONG), DeviceId::new("ibm:a"));
    let deadline = Instant::now() + LONG;
    for generation in 1..3 {
        let fetch = async { Ok(state(generation)) };
        let seen = cache.state(&owner(generation.into()), &device, deadline, fetch).await.unwrap();
        assert_eq!(seen.value.queue_depth, generation);
    }
}
