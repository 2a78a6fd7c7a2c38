//! The cache that hosts share: two real hosts and a real Redis server.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod server;

use std::time::{Duration, Instant};

use driver_manager::grpc::proto::CalibrateDeviceRequest;
use serde_json::json;

use server::Server;
use support::guests::{bell, fixture, host};
use support::host::{Client, Host};

/// A host that shares results by this server.
async fn sharing(server: &Server) -> Host {
    let limits = json!({ "instances": 8, "memory": "16MiB" });
    host(&json!({
        "plugins": { "directories": [] },
        "drivers": { "lab": fixture("scripted", limits) },
        "cache": { "results": { "redis": { "url": server.url(), "timeout": "50ms", "pause": "100ms" } } },
    }))
    .await
}

/// Where an answer came from: `miss`, or `hit` and the level.
async fn origin(client: &Client, seed: &str) -> String {
    let answer = client.clone().execute_circuit(bell("j", "lab:again", &[("seed", seed)])).await.unwrap();
    let metadata = answer.into_inner().metadata;
    match metadata.get("cache_level") {
        Some(level) => format!("{} {level}", metadata["cache"]),
        None => metadata["cache"].clone(),
    }
}

async fn counted(host: &Host, outcome: &str, at_least: f64) {
    host.wait_for_metric("eigen_driver_shared_cache_total", &[("outcome", outcome)], |count| {
        count >= at_least
    })
    .await;
}

/// Asks with new seeds until an answer was written, so that the server is known to be there.
async fn until_kept(host: &Host, client: &Client) {
    let end = Instant::now() + Duration::from_secs(30);
    let mut seed = 1_000_000;
    loop {
        let before = host.metric("eigen_driver_shared_cache_total", &[("outcome", "miss")]).await;
        origin(client, &seed.to_string()).await;
        if host.metric("eigen_driver_shared_cache_total", &[("outcome", "miss")]).await > before {
            return;
        }
        assert!(Instant::now() < end, "the server is not found\n{}", host.log().text());
        seed += 1;
    }
}

#[tokio::test]
async fn what_one_host_has_run_another_remembers() {
    let server = Server::start();
    let (one, other) = (sharing(&server).await, sharing(&server).await);
    let (first, second) = (one.client().await, other.client().await);
    until_kept(&one, &first).await;
    until_kept(&other, &second).await;
    let kept = one.metric("eigen_driver_shared_cache_total", &[("outcome", "kept")]).await;
    assert_eq!(origin(&first, "7").await, "miss");
    counted(&one, "kept", kept + 1.0).await;
    assert_eq!(origin(&second, "7").await, "hit shared");
    assert_eq!(origin(&second, "7").await, "hit local");
}

#[tokio::test]
async fn a_calibration_on_one_host_is_a_calibration_for_all() {
    let server = Server::start();
    let (one, other) = (sharing(&server).await, sharing(&server).await);
    let (mut first, second) = (one.client().await, other.client().await);
    until_kept(&one, &first).await;
    until_kept(&other, &second).await;
    let kept = one.metric("eigen_driver_shared_cache_total", &[("outcome", "kept")]).await;
    assert_eq!(origin(&first, "7").await, "miss");
    counted(&one, "kept", kept + 1.0).await;
    assert_eq!(origin(&second, "7").await, "hit shared");
    let request = CalibrateDeviceRequest { device_id: "lab:again".to_owned(), options: [].into() };
    first.calibrate_device(request).await.unwrap();
    assert_eq!(origin(&first, "7").await, "miss");
    // The other host hears of it; until then its own memory holds.
    let end = Instant::now() + Duration::from_secs(30);
    while origin(&second, "7").await == "hit local" {
        assert!(Instant::now() < end, "it was never told");
    }
}

#[tokio::test]
async fn a_server_that_is_dead_or_frozen_fails_nobody_and_is_used_again_when_it_is_back() {
    let mut server = Server::start();
    let host = sharing(&server).await;
    let client = host.client().await;
    until_kept(&host, &client).await;
    server.freeze();
    let mut times = Vec::new();
    for seed in 0..50 {
        let asked = Instant::now();
        assert_eq!(origin(&client, &seed.to_string()).await, "miss");
        times.push(asked.elapsed());
    }
    times.sort();
    // Most do not even wait for it; nobody waits much longer than it may take.
    assert!(times[25] < Duration::from_millis(50), "{:?}", times[25]);
    counted(&host, "timeout", 1.0).await;
    server.thaw();
    until_kept(&host, &client).await;
    server.kill();
    for seed in 100..120 {
        assert_eq!(origin(&client, &seed.to_string()).await, "miss");
    }
    counted(&host, "away", 1.0).await;
    server.start_again();
    until_kept(&host, &client).await;
}

#[tokio::test]
async fn a_host_whose_server_is_not_there_starts_and_serves() {
    let server = Server::nowhere();
    let host = sharing(&server).await;
    let client = host.client().await;
    assert_eq!(origin(&client, "1").await, "miss");
    assert_eq!(origin(&client, "1").await, "hit local");
}
