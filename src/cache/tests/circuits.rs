//! Circuits: read once, shared, forgotten when there is no room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::LONG;
use crate::cache::{CircuitCache, CircuitKey, ReadBy, Weigh};
use crate::config::{ByteSize, CircuitCacheConfig};
use crate::model::{Failure, FailureKind};

#[derive(Debug, PartialEq)]
struct Circuit(usize);

impl Weigh for Circuit {
    fn weight(&self) -> usize {
        self.0
    }
}

fn cache(max_size: ByteSize) -> CircuitCache<Circuit> {
    CircuitCache::new(&CircuitCacheConfig { max_size, ttl: LONG, ..CircuitCacheConfig::default() })
}

fn key(payload: &str) -> CircuitKey {
    CircuitKey::of("qasm", payload.as_bytes(), "")
}

async fn read(cache: &CircuitCache<Circuit>, payload: &str, weight: usize) -> (Arc<Circuit>, ReadBy) {
    let until = Instant::now() + LONG;
    cache.get_or_read(key(payload), until, async { Ok(Circuit(weight)) }).await.unwrap()
}

#[test]
fn another_format_payload_or_value_is_another_circuit() {
    let of = |format, payload: &str, bindings| CircuitKey::of(format, payload.as_bytes(), bindings);
    let keys = [of("a", "bc", ""), of("ab", "c", ""), of("a", "b", "c"), of("a", "bc", "d")];
    for (number, one) in keys.iter().enumerate() {
        assert!(keys[number + 1..].iter().all(|other| other != one));
    }
}

#[tokio::test]
async fn a_circuit_is_read_once_however_many_bring_it() {
    let (cache, reads) = (cache(ByteSize::mib(1)), AtomicUsize::new(0));
    let bring = async || {
        let read = async {
            reads.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(Circuit(1))
        };
        cache.get_or_read(key("h q;"), Instant::now() + LONG, read).await.unwrap().1
    };
    let brought = futures::future::join_all((0..50).map(|_| bring())).await;
    assert_eq!(brought.iter().filter(|by| **by == ReadBy::This).count(), 1);
    assert_eq!(reads.load(Ordering::Relaxed), 1);
    assert_eq!(bring().await, ReadBy::Another);
}

#[tokio::test]
async fn what_was_refused_is_read_again() {
    let cache = cache(ByteSize::mib(1));
    let until = Instant::now() + LONG;
    let refuse = async { Err(Failure::new(FailureKind::InvalidRequest, "no")) };
    assert!(cache.get_or_read(key("x"), until, refuse).await.is_err());
    assert_eq!(read(&cache, "x", 1).await.1, ReadBy::This);
}

#[tokio::test]
async fn all_circuits_together_have_their_bound() {
    let cache = cache(ByteSize::kib(4));
    for number in 0..100 {
        read(&cache, &number.to_string(), 1024).await;
    }
    let (circuits, bytes) = cache.size().await;
    assert!(bytes <= 4096 && circuits > 0, "{circuits} circuits of {bytes} bytes");
}

#[test]
fn a_large_payload_does_not_take_part() {
    let config =
        CircuitCacheConfig { max_payload: ByteSize(100), ttl: Duration::from_secs(1), ..Default::default() };
    let cache: CircuitCache<Circuit> = CircuitCache::new(&config);
    assert!(cache.takes(100) && !cache.takes(101));
    let off = CircuitCacheConfig { enabled: false, ..config };
    assert!(!CircuitCache::<Circuit>::new(&off).takes(1));
}
