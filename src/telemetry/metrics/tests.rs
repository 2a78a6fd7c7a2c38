//! The page as a scraper sees it.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn metrics() -> Metrics {
    Metrics::new(BuildInfo { version: "1.2.3", interface: "1.0.0" })
}

fn sample(device_id: &str, provider: &str, available: bool) -> DeviceSample {
    DeviceSample { device_id: device_id.to_owned(), provider: provider.to_owned(), available, queue_depth: 3 }
}

/// Whether the page has this line.
fn has(metrics: &Metrics, line: &str) -> bool {
    metrics.encode().lines().any(|other| other == line)
}

#[test]
fn the_page_has_every_family_of_the_contract_under_its_name() {
    let metrics = metrics();
    metrics.request("simulator", Operation::ListDevices, Status::Ok, Duration::from_millis(1));
    metrics.attempt("simulator", Operation::ExecuteCircuit, "ok");
    let _connection = metrics.connection("simulator", ConnectionState::Active);
    metrics.connection_error("simulator", "initialize");
    metrics.backend_failure("driver", "internal");
    metrics.trap("simulator", "fuel");
    metrics.log_lines_dropped("simulator", 3);
    metrics.load("simulator", "loaded");
    metrics.set_devices("simulator", vec![sample("sim:local", "eigen", true), sample("b", "eigen", false)]);

    for line in [
        r#"eigen_driver_requests_total{driver="simulator",operation="list_devices",status="OK"} 1"#,
        r#"eigen_driver_request_duration_seconds_count{driver="simulator",operation="list_devices"} 1"#,
        r#"eigen_driver_request_duration_seconds_bucket{le="0.0005",driver="simulator",operation="list_devices"} 0"#,
        r#"eigen_driver_request_duration_seconds_bucket{le="0.001",driver="simulator",operation="list_devices"} 1"#,
        r#"eigen_driver_attempts_total{driver="simulator",operation="execute_circuit",outcome="ok"} 1"#,
        r#"eigen_driver_connections{driver="simulator",state="active"} 1"#,
        r#"eigen_driver_connections{driver="simulator",state="idle"} 0"#,
        r#"eigen_driver_connection_errors_total{driver="simulator",error_type="initialize"} 1"#,
        r#"eigen_driver_backend_failures_total{component="driver",taxonomy="internal"} 1"#,
        r#"eigen_driver_traps_total{driver="simulator",kind="fuel"} 1"#,
        r#"eigen_driver_log_lines_dropped_total{driver="simulator"} 3"#,
        r#"eigen_driver_loads_total{driver="simulator",outcome="loaded"} 1"#,
        r#"eigen_available_devices{driver="simulator",provider="eigen"} 1"#,
        r#"eigen_device_queue_depth{driver="simulator",device_id="sim:local"} 3"#,
        r#"eigen_driver_build_info{version="1.2.3",interface="1.0.0"} 1"#,
        "# TYPE eigen_driver_requests counter",
        "# TYPE eigen_driver_request_duration_seconds histogram",
        "# TYPE eigen_available_devices gauge",
        "# EOF",
    ] {
        assert!(has(&metrics, line), "{line}\nis not in\n{}", metrics.encode());
    }
}

#[test]
fn latencies_from_a_warm_call_to_beyond_a_minute_fall_into_different_buckets() {
    assert!(DURATION_BUCKETS.is_sorted());
    assert!(DURATION_BUCKETS[0] <= 0.0001 && DURATION_BUCKETS[DURATION_BUCKETS.len() - 1] >= 60.0);
}

#[test]
fn a_connection_is_counted_in_one_state_at_a_time_until_it_is_dropped() {
    let metrics = metrics();
    let mut connection = metrics.connection("a", ConnectionState::Idle);
    let other = metrics.connection("a", ConnectionState::Idle);
    connection.set(ConnectionState::Active);
    assert!(has(&metrics, r#"eigen_driver_connections{driver="a",state="active"} 1"#));
    assert!(has(&metrics, r#"eigen_driver_connections{driver="a",state="idle"} 1"#));
    drop((connection, other));
    assert!(has(&metrics, r#"eigen_driver_connections{driver="a",state="active"} 0"#));
    assert!(has(&metrics, r#"eigen_driver_connections{driver="a",state="idle"} 0"#));
}

#[test]
fn a_forgotten_driver_s_old_connections_do_not_spoil_the_count_of_its_return() {
    let metrics = metrics();
    let old = metrics.connection("a", ConnectionState::Idle);
    metrics.forget_driver("a");
    let _new = metrics.connection("a", ConnectionState::Idle);
    drop(old);
    assert!(has(&metrics, r#"eigen_driver_connections{driver="a",state="idle"} 1"#));
}

#[test]
fn devices_that_are_gone_leave_no_series() {
    let metrics = metrics();
    metrics.set_devices("a", vec![sample("x", "p", true), sample("y", "q", true)]);
    metrics.set_devices("a", vec![sample("y", "q", false)]);
    metrics.set_queue_depth("a", "y", 9);
    metrics.set_queue_depth("a", "never-named", 9);
    metrics.set_queue_depth("unknown", "y", 9);
    let page = metrics.encode();
    assert!(!page.contains("\"x\"") && !page.contains("never-named") && !page.contains("unknown"), "{page}");
    assert!(has(&metrics, r#"eigen_device_queue_depth{driver="a",device_id="y"} 9"#));
    assert!(has(&metrics, r#"eigen_available_devices{driver="a",provider="q"} 0"#));
}

#[test]
fn a_driver_with_endless_devices_fills_no_page() {
    let metrics = metrics();
    let devices =
        (0..100_000).map(|index| sample(&format!("d{index}"), &format!("p{index}"), true)).collect();
    metrics.set_devices("a", devices);
    let series = |name: &str| metrics.encode().lines().filter(|line| line.starts_with(name)).count();
    assert_eq!(series("eigen_device_queue_depth{"), MAX_DEVICES);
    assert!(series("eigen_available_devices{") <= MAX_DEVICES);
}

#[test]
fn odd_labels_are_cleaned_and_one_device_named_twice_is_one_series() {
    let metrics = metrics();
    let odd = "a\nb\"c\\{}\u{1b}🦀".to_owned() + &"x".repeat(1000);
    metrics.set_devices(&odd, vec![sample(&odd, &odd, true), sample(&odd, &odd, true)]);
    metrics.trap(&odd, "fuel");
    let page = metrics.encode();
    let lines: Vec<&str> = page.lines().filter(|line| line.contains("a_b")).collect();
    assert_eq!(lines.len(), 3, "{page}");
    assert!(lines.iter().all(|line| line.len() < 600));
    assert!(lines[0].contains(r#"a_b\"c\\{}_🦀"#), "{}", lines[0]);
}

#[test]
fn every_grpc_status_has_its_name_and_other_numbers_are_unknown() {
    let names: Vec<&str> = (0..17).map(|code| Status::from_code(code).as_str()).collect();
    assert_eq!(
        (names[0], names[3], names[8], names[16]),
        ("OK", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED")
    );
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 17);
    assert_eq!(Status::from_code(17), Status::Unknown);
    assert_eq!(Status::from_code(-1), Status::Unknown);
}

#[test]
fn counting_from_many_threads_loses_nothing() {
    let metrics = metrics();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    metrics.request("a", Operation::ListDevices, Status::Ok, Duration::from_micros(1));
                }
            });
        }
    });
    let line = r#"eigen_driver_requests_total{driver="a",operation="list_devices",status="OK"} 4000"#;
    assert!(has(&metrics, line));
    let text = metrics.encode();
    assert_eq!(text.lines().last().unwrap(), "# EOF");
}
