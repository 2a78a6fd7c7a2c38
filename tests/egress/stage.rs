//! Hosts whose driver may reach something, and what it tells.

use std::collections::HashMap;
use std::net::SocketAddr;

use driver_manager::grpc::proto::ExecuteCircuitRequest;
use serde_json::{Value, json};

use crate::support::guests::{bell, fixture, host, merge};
use crate::support::host::Host;

/// The device of the fixture.
const DEVICE: &str = "fixture:reaches-out";

/// A host whose driver has these rules; `more` has other sections of the config.
pub async fn reaching(rules: Value, more: Value) -> Host {
    host(&config(rules, json!({}), &more)).await
}

/// Its config; `limits` are added to those of the driver.
pub fn config(rules: Value, limits: Value, more: &Value) -> Value {
    let mut driver = fixture("reaches-out", json!({ "memory": "16MiB", "instances": 8 }));
    driver["egress"] = rules;
    merge(&mut driver["limits"], limits);
    let mut config = json!({ "plugins": { "directories": [] }, "drivers": { "reaches-out": driver } });
    for (section, value) in more.as_object().unwrap() {
        config[section] = value.clone();
    }
    config
}

/// A rule for a provider on this machine.
pub fn rule(address: SocketAddr, path: &str) -> Value {
    json!({ "url": format!("http://{address}{path}"), "zones": ["loopback"] })
}

/// A request of the driver.
pub fn outbound(authority: &str, path: &str, options: &[(&str, &str)]) -> ExecuteCircuitRequest {
    let mut all = vec![("authority", authority), ("path", path)];
    all.extend(options);
    bell("j", DEVICE, &all)
}

/// Has the driver make a request; what it tells.
pub async fn ask(host: &Host, request: ExecuteCircuitRequest) -> HashMap<String, String> {
    let answer = host.client().await.execute_circuit(request).await;
    answer.unwrap_or_else(|status| panic!("{status:?}\n{}", host.log().text())).into_inner().metadata
}

/// Checks that nothing came of it, and why by the driver's word and by the operator's.
pub async fn fails(host: &Host, told: &HashMap<String, String>, error: &str, outcome: &str) {
    let said = told.get("error").unwrap_or_else(|| panic!("it was answered: {told:?}"));
    assert!(said.contains(error), "{said} is not {error}");
    let labels = [("driver", "reaches-out"), ("outcome", outcome)];
    host.wait_for_metric("eigen_driver_outbound_total", &labels, |count| count > 0.5).await;
}
