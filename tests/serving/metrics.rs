//! What dashboards and alerts are built on: names, labels and honest counts.

use std::collections::BTreeMap;

use driver_manager::grpc::proto::{
    CalibrateDeviceRequest, CircuitPayload, ExecuteCircuitRequest, GetDeviceStatusRequest, ListDevicesRequest,
};
use serde_json::json;
use tonic::Code;

use crate::exposition::Page;
use crate::stage::{FOREVER, active, idle, send, slow_bell, slow_host};
use crate::support::guests::{answer, bell, config, fixture, host, refusal};
use crate::support::host::Host;

const REQUESTS: &str = "eigen_driver_requests_total";
const DURATION: &str = "eigen_driver_request_duration_seconds";

async fn page(host: &Host) -> Page {
    Page::read(&host.http_get("/metrics").await.1)
}

fn native(job: &str) -> ExecuteCircuitRequest {
    let payload = CircuitPayload { format: 4, data: b"anything".to_vec() };
    ExecuteCircuitRequest { payload: Some(payload), ..bell(job, "sim:local", &[]) }
}

/// Sends one request of every kind; gives how often each answer came, by driver, operation and status.
async fn one_of_each(host: &Host) -> BTreeMap<[&'static str; 3], f64> {
    let mut client = host.client().await;
    let executions = [
        (bell("", "sim:local", &[]), "simulator", "OK"),
        (bell("", "cluster:auto", &[("seed", "7")]), "simulator", "OK"),
        (bell("", "fixture:panics", &[]), "panics", "INTERNAL"),
        (bell("", "fixture:panics", &[("behave", "well")]), "panics", "OK"),
        (bell("", "nowhere", &[]), "none", "NOT_FOUND"),
        (bell("", "", &[]), "none", "INVALID_ARGUMENT"),
        (bell("", "sim:local", &[("seed", "seven")]), "none", "INVALID_ARGUMENT"),
        (native(""), "simulator", "UNIMPLEMENTED"),
    ];
    let mut expected = BTreeMap::new();
    for (request, driver, status) in executions {
        let shown = format!("{request:?}");
        let code = client.execute_circuit(request).await.map_or_else(|status| status.code(), |_| Code::Ok);
        assert_eq!(format!("{code:?}").to_uppercase(), status.replace('_', ""), "{shown}");
        *expected.entry([driver, "execute_circuit", status]).or_default() += 1.0;
    }
    client.list_devices(ListDevicesRequest {}).await.unwrap();
    expected.insert(["none", "list_devices", "OK"], 1.0);
    for (device, key) in [
        ("sim:local", ["simulator", "get_device_status", "OK"]),
        ("nowhere", ["none", "get_device_status", "NOT_FOUND"]),
    ] {
        let _ = client.get_device_status(GetDeviceStatusRequest { device_id: device.to_owned() }).await;
        expected.insert(key, 1.0);
    }
    let request = CalibrateDeviceRequest { device_id: "sim:local".to_owned(), ..Default::default() };
    client.calibrate_device(request).await.unwrap();
    expected.insert(["simulator", "calibrate_device", "OK"], 1.0);
    expected
}

#[tokio::test]
async fn every_request_counts_once_under_what_its_caller_saw() {
    let host = host(&config(json!({ "panics": fixture("panics", json!({ "memory": "16MiB" })) }))).await;
    let expected = one_of_each(&host).await;
    let page = page(&host).await;

    let counted: BTreeMap<_, _> = page
        .series(REQUESTS)
        .map(|(labels, count)| {
            assert_eq!(labels.len(), 3, "{labels:?}");
            (["driver", "operation", "status"].map(|key| labels[key].as_str()), count)
        })
        .collect();
    assert_eq!(counted, expected);

    // The histogram tells of the same requests, failed ones too.
    let mut timed: BTreeMap<[&str; 2], f64> = BTreeMap::new();
    for ([driver, operation, _], count) in &expected {
        *timed.entry([driver, operation]).or_default() += count;
    }
    for ([driver, operation], count) in timed {
        let labels = [("driver", driver), ("operation", operation)];
        let found = page.value(&format!("{DURATION}_count"), &labels);
        assert!((found - count).abs() < 0.5, "{labels:?}: {found}, not {count}");
    }
    let traps = page.value("eigen_driver_traps_total", &[("driver", "panics"), ("kind", "panic")]);
    assert!((traps - 1.0).abs() < 0.5, "{traps}");
    let attempts = [("driver", "panics"), ("operation", "execute_circuit"), ("outcome", "internal")];
    assert!((page.value("eigen_driver_attempts_total", &attempts) - 1.0).abs() < 0.5);
    let failures = [("component", "driver"), ("taxonomy", "internal")];
    assert!((page.value("eigen_driver_backend_failures_total", &failures) - 1.0).abs() < 0.5);
}

#[tokio::test]
async fn the_page_is_strict_openmetrics_with_the_families_of_the_contract() {
    let limits = json!({ "memory": "16MiB" });
    let host = host(&config(json!({
        "broken": fixture("traps-in-initialize", limits.clone()),
        "panics": fixture("panics", limits),
    })))
    .await;
    let client = host.client().await;
    answer(&client, bell("", "sim:local", &[])).await;
    refusal(&client, bell("", "fixture:panics", &[])).await;
    let page = page(&host).await;
    for (family, kind) in [
        ("eigen_driver_requests", "counter"),
        (DURATION, "histogram"),
        ("eigen_driver_connections", "gauge"),
        ("eigen_available_devices", "gauge"),
        ("eigen_device_queue_depth", "gauge"),
        ("eigen_driver_connection_errors", "counter"),
        ("eigen_driver_backend_failures", "counter"),
        ("eigen_driver_attempts", "counter"),
    ] {
        assert_eq!(page.types.get(family).map(String::as_str), Some(kind), "{family}");
    }
    let ours = |family: &&String| family.starts_with("eigen_") || family.starts_with("process_");
    assert_eq!(page.types.keys().filter(ours).count(), page.types.len(), "{:?}", page.types);
}

#[tokio::test]
async fn buckets_add_up() {
    let host = Host::start_with_defaults().await;
    let client = host.client().await;
    for _ in 0..10 {
        answer(&client, bell("", "sim:local", &[])).await;
    }
    let page = page(&host).await;
    let (bucket, count, sum) =
        (format!("{DURATION}_bucket"), format!("{DURATION}_count"), format!("{DURATION}_sum"));
    let mut buckets: Vec<(f64, f64)> = page
        .series(&bucket)
        .map(|(labels, count)| (labels["le"].replace("+Inf", "inf").parse().unwrap(), count))
        .collect();
    buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
    assert!(buckets.len() > 10 && buckets.is_sorted_by(|one, other| one.1 <= other.1), "{buckets:?}");
    assert_eq!(buckets.last(), Some(&(f64::INFINITY, 10.0)));
    let labels = [("driver", "simulator"), ("operation", "execute_circuit")];
    assert!((page.value(&count, &labels) - 10.0).abs() < 0.5);
    let seconds = page.value(&sum, &labels);
    assert!(seconds > 0.0 && seconds < 60.0, "{seconds}");
}

#[tokio::test]
async fn instances_are_counted_as_active_and_idle() {
    let host = slow_host(4).await;
    let client = host.client().await;
    // The one that told of the devices at start.
    idle(&host, "slow-ok", 1).await;
    let calls = ["one", "two", "three"].map(|job| send(&client, slow_bell(job, FOREVER, &[])));
    active(&host, "slow-ok", 3).await;
    idle(&host, "slow-ok", 0).await;
    for call in calls {
        call.abort();
    }
    active(&host, "slow-ok", 0).await;
}

#[tokio::test]
async fn devices_are_counted_as_available_by_driver_and_provider() {
    let host = slow_host(1).await;
    host.client().await.list_devices(ListDevicesRequest {}).await.unwrap();
    let page = page(&host).await;
    let available: BTreeMap<_, _> = page
        .series("eigen_available_devices")
        .map(|(labels, count)| ((labels["driver"].as_str(), labels["provider"].as_str()), count as u32))
        .collect();
    assert_eq!(available[&("slow-ok", "tests")], 1);
    let simulated: u32 =
        available.iter().filter(|((driver, _), _)| *driver == "simulator").map(|(_, count)| count).sum();
    assert_eq!(simulated, 3, "{available:?}");
    let queue = [("driver", "slow-ok"), ("device_id", "fixture:slow-ok")];
    assert!(page.value("eigen_device_queue_depth", &queue).abs() < 0.5);
}
