//! A host to which everything has happened that the shipped rules and dashboards ask about.

use std::collections::BTreeSet;

use driver_manager::grpc::admin::proto::set_breaker_request::Which;
use driver_manager::grpc::admin::proto::{BreakerState, SetBreakerRequest};
use driver_manager::grpc::proto::{GetDeviceStatusRequest, ListDevicesRequest};
use serde_json::json;

use crate::support::builds::build;
use crate::support::guests::{bell, config, fixture, host, merge};
use crate::support::host::Host;
use crate::support::operator::Operator;

/// Starts it and has it happen.
pub async fn busy() -> Host {
    let limits = || json!({ "memory": "16MiB" });
    let mut distrusted = fixture("picky", limits());
    distrusted["trust"] = json!("digest");
    distrusted["digests"] = json!([format!("sha256:{}", "0".repeat(64))]);
    let mut config = config(json!({
        "lab": fixture("scripted", limits()),
        "versioned": fixture("versioned", limits()),
        "panics": fixture("panics", limits()),
        "broken": fixture("traps-in-initialize", limits()),
        "hungry": fixture("memory-bomb", limits()),
        "distrusted": distrusted,
    }));
    merge(
        &mut config,
        json!({ "resilience": { "fallbacks": [{ "device": "lab:paid", "fallback": "sim:local" }] } }),
    );
    let host = host(&config).await;
    let mut client = host.client().await;
    client.list_devices(ListDevicesRequest {}).await.unwrap();
    client.get_device_status(GetDeviceStatusRequest { device_id: "sim:local".to_owned() }).await.unwrap();
    for (job, device, script) in [
        ("well", "sim:local", "ok"),
        ("well-again", "sim:local", "ok"),
        ("second-try", "lab:free", "down,ok"),
        ("elsewhere", "lab:paid", "down"),
        ("never", "lab:free", "down"),
        ("panics", "fixture:panics", "ok"),
        ("hungry", "fixture:memory-bomb", "ok"),
        ("nobody", "nobody:has-it", "ok"),
    ] {
        // What becomes of each is the other tests' concern.
        let _ = client.execute_circuit(bell(job, device, &[("script", script)])).await;
    }
    let mut operator = Operator::of(&host).await;
    operator.swap("versioned", &build("two")).await.unwrap();
    let which = Some(Which::Driver("versioned".to_owned()));
    let held = SetBreakerRequest { which, hold: BreakerState::Open.into() };
    operator.client.set_breaker(held).await.unwrap();
    host
}

/// The names of all samples of a page of metrics.
pub fn samples(page: &str) -> BTreeSet<String> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(['{', ' ']).next()).map(str::to_owned).collect()
}

/// The names of all families of a page of metrics.
pub fn families(page: &str) -> BTreeSet<String> {
    let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}
