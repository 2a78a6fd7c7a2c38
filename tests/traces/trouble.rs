//! Collectors that are away, shy or changed by the environment; the end of the process.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::collector::{Collector, value};
use crate::spans::{TRACE, traced};
use crate::support::guests::{answer, bell, config, event, host};
use crate::support::host::{Host, new_folder};

#[tokio::test]
async fn a_dead_collector_fails_no_request_and_is_told_of_once() {
    // A port that was free a moment ago, and that nobody listens on.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut settings = config(json!({}));
    settings["telemetry"] = json!({ "traces": { "endpoint": format!("http://{gone}"), "interval": "10ms", "queue": 16, "batch": 4 } });
    let mut host = host(&settings).await;
    let client = host.client().await;
    for number in 0..50 {
        answer(&client, bell(&format!("job-{number}"), "sim:local", &[])).await;
    }
    event(&host, "rpc_end", "job-49").await;
    let failed = [("outcome", "failed")];
    host.wait_for_metric("eigen_driver_spans_total", &failed, |spans| spans > 8.5).await;
    drop(client);
    let stopping = Instant::now();
    assert!(host.stop().await.success());
    assert!(stopping.elapsed() < Duration::from_secs(20), "{:?}", stopping.elapsed());
    let told = host.log().all().into_iter().filter(|line| line.contains("traces_lost")).count();
    assert_eq!(told, 1, "{}", host.log().text());
}

#[tokio::test]
async fn what_waits_is_sent_when_the_process_ends() {
    let collector = Collector::start().await;
    let mut settings = config(json!({}));
    settings["telemetry"] =
        json!({ "traces": { "endpoint": format!("http://{}", collector.address), "interval": "10m" } });
    settings["log"] = json!({ "level": "off" });
    let mut host = host(&settings).await;
    let client = host.client().await;
    client.clone().execute_circuit(traced(bell("last", "sim:local", &[]), TRACE, "01")).await.unwrap();
    drop(client);
    assert!(collector.spans().is_empty(), "the interval has not passed");
    assert!(host.stop().await.success());
    assert!(!collector.trace(TRACE).await.is_empty(), "and the log's level has no part in it");
}

#[tokio::test]
async fn the_standard_variables_override_the_file_and_headers_come_from_secrets() {
    let collector = Collector::start().await;
    let mut settings = config(json!({}));
    settings["secrets"] = json!({ "collector": { "env": "COLLECTOR_TOKEN" } });
    settings["telemetry"] =
        json!({ "traces": { "endpoint": "http://127.0.0.1:9", "headers": { "x-token": "collector" } } });
    let folder = new_folder();
    let file = folder.path().join("dm.yaml");
    std::fs::write(&file, settings.to_string()).unwrap();
    let host = Host::launch(folder, |command| {
        command.arg("--config").arg(&file).env("COLLECTOR_TOKEN", "let-me-in");
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", collector.address));
        command.env("OTEL_BSP_SCHEDULE_DELAY", "20").env("OTEL_TRACES_SAMPLER", "parentbased_always_off");
        command.env("OTEL_SERVICE_NAME", "quantum-edge").env("OTEL_EXPORTER_OTLP_HEADERS", "x-site=lab");
    })
    .await;
    let client = host.client().await;
    answer(&client, bell("unsampled", "sim:local", &[])).await;
    client.clone().execute_circuit(traced(bell("sampled", "sim:local", &[]), TRACE, "01")).await.unwrap();
    let spans = collector.trace(TRACE).await;
    assert_eq!(spans.len(), collector.spans().len(), "the sampler of the environment");
    let metadata = collector.metadata();
    for (header, sent) in [("x-token", "let-me-in"), ("x-site", "lab")] {
        assert_eq!(metadata.get(header).unwrap(), sent);
    }
    assert_eq!(value(&collector.resource(), "service.name"), json!("quantum-edge"));
    assert!(!host.log().text().contains("let-me-in"));
}
