//! Seeds: the same gives the same, none gives chance.

use serde_json::json;

use crate::stage::{aqo, circuit, host_with, run, run_on, with};
use driver_manager::grpc::proto::ExecuteCircuitRequest;

/// Ten coins a shot: two runs that agree by chance would be a wonder.
fn coins() -> ExecuteCircuitRequest {
    let operations: Vec<_> = (0..10).map(|qubit| json!({"op": "H", "q": [qubit]})).collect();
    aqo(circuit(10, json!(operations)), 500)
}

#[tokio::test]
async fn the_same_seed_gives_the_same_counts_and_another_seed_others() {
    for seed in ["0", "7", "18446744073709551615"] {
        let one = run(with(coins(), &[("seed", seed)])).await;
        let two = run(with(coins(), &[("seed", seed)])).await;
        assert_eq!(one.counts, two.counts, "seed {seed}");
        assert_eq!(one.metadata.get("seed").map(String::as_str), Some(seed));
    }
    let (one, two) = (run(with(coins(), &[("seed", "1")])).await, run(with(coins(), &[("seed", "2")])).await);
    assert_ne!(one.counts, two.counts);
}

#[tokio::test]
async fn without_a_seed_every_run_is_another() {
    assert_ne!(run(coins()).await.counts, run(coins()).await.counts);
}

#[tokio::test]
async fn the_seed_that_chance_chose_repeats_the_run() {
    let one = run(coins()).await;
    let seed = one.metadata.get("seed").cloned().unwrap_or_default();
    assert_eq!(one.counts, run(with(coins(), &[("seed", &seed)])).await.counts, "seed {seed}");
}

#[tokio::test]
async fn the_deterministic_device_needs_no_seed() {
    let on = || ExecuteCircuitRequest { device_id: "runtime:deterministic".to_owned(), ..coins() };
    assert_eq!(run(on()).await.counts, run(on()).await.counts);
}

#[tokio::test]
async fn the_operator_may_fix_the_seed_of_requests_without_one() {
    let host = host_with(json!({ "default_seed": "42" })).await;
    let fixed = run_on(&host, coins()).await;
    assert_eq!(fixed.counts, run_on(&host, coins()).await.counts);
    assert_eq!(fixed.counts, run(with(coins(), &[("seed", "42")])).await.counts);
    assert_ne!(fixed.counts, run_on(&host, with(coins(), &[("seed", "43")])).await.counts);
}
