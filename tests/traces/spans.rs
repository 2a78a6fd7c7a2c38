//! What one request looks like to whoever reads its trace.

use driver_manager::grpc::proto::ExecuteCircuitRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::{Value, json};
use tonic::Request;

use crate::collector::{Collector, attribute, hex, value};
use crate::provider::Provider;
use crate::support::guests::{answer, bell, config, event, fixture, host, text};
use crate::support::host::{Host, new_folder};

pub const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A request that belongs to a trace of the caller's.
pub fn traced(request: ExecuteCircuitRequest, trace: &str, flags: &str) -> Request<ExecuteCircuitRequest> {
    let mut request = Request::new(request);
    request.metadata_mut().insert("traceparent", format!("00-{trace}-{CALLER}-{flags}").parse().unwrap());
    request
}

/// A config whose driver reaches this provider, with a secret that nobody may see.
pub fn reaching(provider: &Provider, telemetry: Value) -> Value {
    let mut driver = fixture("reaches-out", json!({ "memory": "16MiB" }));
    driver["egress"] = json!([{
        "url": format!("http://{}/", provider.address), "zones": ["loopback"], "secret": { "name": "key" },
    }]);
    let mut config = config(json!({ "reaches-out": driver }));
    config["secrets"] = json!({ "key": { "env": "CANARY" } });
    config["telemetry"] = telemetry;
    config["log"] = json!({ "level": "debug" });
    config["resilience"] = json!({ "retry": { "attempts": 3, "first_delay": "1ms" } });
    config
}

/// A host with that config.
pub async fn with_canary(config: &Value) -> Host {
    let folder = new_folder();
    let file = folder.path().join("dm.yaml");
    std::fs::write(&file, config.to_string()).unwrap();
    Host::launch(folder, |command| {
        command.arg("--config").arg(&file).env("CANARY", "canary-7c1e");
    })
    .await
}

/// A request of the driver to the provider.
pub fn outbound(job: &str, provider: &Provider) -> ExecuteCircuitRequest {
    let authority = provider.address.to_string();
    let options = [
        ("authority", authority.as_str()),
        ("path", "/v1/jobs?key=canary-7c1e"),
        ("then", "fail"),
        ("header.traceparent", "00-11111111111111111111111111111111-2222222222222222-01"),
        ("header.authorization", "canary-7c1e"),
    ];
    bell(job, "fixture:reaches-out", &options)
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    let mut found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    found.sort_by_key(|span| span.start_time_unix_nano);
    found
}

fn one<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = named(spans, name);
    assert_eq!(found.len(), 1, "{name} in {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    found[0]
}

#[tokio::test]
async fn one_trace_goes_from_the_caller_through_retries_to_the_provider() {
    let (collector, provider) = (Collector::start().await, Provider::failing(1).await);
    let host = with_canary(&reaching(&provider, collector.section())).await;
    let request = traced(outbound("traced", &provider), TRACE, "01");
    host.client().await.execute_circuit(request).await.unwrap();
    let spans = collector.trace(TRACE).await;

    let rpc = one(&spans, "eigen.internal.v1.DriverManagerService/ExecuteCircuit");
    assert_eq!((hex(&rpc.parent_span_id).as_str(), rpc.kind), (CALLER, SpanKind::Server as i32));
    for (key, expected) in [
        ("rpc.system", json!("grpc")),
        ("rpc.service", json!("eigen.internal.v1.DriverManagerService")),
        ("rpc.method", json!("eigen.internal.v1.DriverManagerService/ExecuteCircuit")),
        ("rpc.grpc.status_code", json!(0)),
        ("eigen.job_id", json!("traced")),
        ("eigen.driver", json!("reaches-out")),
        ("eigen.device_id", json!("fixture:reaches-out")),
    ] {
        assert_eq!(attribute(rpc, key), expected, "{key}");
    }
    let cache = one(&spans, "cache");
    for step in [one(&spans, "validate"), one(&spans, "prepare"), cache] {
        assert_eq!(step.parent_span_id, rpc.span_id, "{}", step.name);
    }
    let attempts = named(&spans, "attempt");
    assert_eq!(attempts.len(), 2);
    let requests = named(&spans, "GET");
    assert_eq!((requests.len(), named(&spans, "pool_wait").len()), (2, 2));
    for (index, attempt) in attempts.iter().enumerate() {
        assert_eq!(attempt.parent_span_id, cache.span_id);
        assert_eq!(attribute(attempt, "eigen.attempt"), json!(index + 1));
        assert_eq!(named(&spans, "pool_wait")[index].parent_span_id, attempt.span_id);
        let call = named(&spans, "driver_call")[index];
        assert_eq!(call.parent_span_id, attempt.span_id);
        let request = requests[index];
        assert_eq!((&request.parent_span_id, request.kind), (&call.span_id, SpanKind::Client as i32));
        assert_eq!(attribute(request, "server.address"), json!(provider.address.to_string()));
        let passed_on = format!("00-{TRACE}-{}-01", hex(&request.span_id));
        assert_eq!(provider.traceparents()[index], passed_on, "and not what the driver said");
    }
    let status = |span: &Span| span.status.as_ref().map_or(0, |status| status.code);
    let failed = StatusCode::Error as i32;
    assert_eq!((status(attempts[0]), status(attempts[1])), (failed, 0));
    assert_eq!(attribute(attempts[0], "error.type"), json!("unavailable"));
    assert_eq!(attribute(requests[0], "http.response.status_code"), json!(503));
    assert_eq!(attribute(requests[0], "error.type"), json!("503"));
    assert_eq!(attribute(requests[1], "http.response.status_code"), json!(200));
    for span in &spans {
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano, "{}", span.name);
    }
    let resource = collector.resource();
    assert_eq!(value(&resource, "service.name"), json!("driver-manager"));
    assert_eq!(value(&resource, "service.version"), json!(env!("CARGO_PKG_VERSION")));

    let end = event(&host, "rpc_end", "traced").await;
    assert_eq!((text(&end, "trace_id"), text(&end, "span_id")), (TRACE, hex(&rpc.span_id).as_str()));
    let called = host.log().wait_for("the call's line", |line| line["event"] == "retried").await;
    assert_eq!((text(&called, "trace_id"), text(&called, "span_id")), (TRACE, hex(&cache.span_id).as_str()));
    assert!(!collector.everything().contains("canary-7c1e"), "{}", collector.everything());
}

#[tokio::test]
async fn what_its_caller_does_not_sample_is_not_recorded_and_callees_are_told() {
    let (collector, provider) = (Collector::start().await, Provider::failing(0).await);
    let host = with_canary(&reaching(&provider, collector.section())).await;
    let client = host.client().await;
    let unsampled = "11111111111111111111111111111111";
    client.clone().execute_circuit(traced(outbound("no", &provider), unsampled, "00")).await.unwrap();
    client.clone().execute_circuit(traced(outbound("yes", &provider), TRACE, "01")).await.unwrap();
    collector.trace(TRACE).await;
    let ids: Vec<String> = collector.spans().iter().map(|span| hex(&span.trace_id)).collect();
    assert!(ids.iter().all(|id| id == TRACE), "{ids:?}");
    let end = event(&host, "rpc_end", "no").await;
    let passed_on = format!("00-{unsampled}-{}-00", text(&end, "span_id"));
    assert_eq!(provider.traceparents()[0], passed_on);
}

#[tokio::test]
async fn a_trace_that_starts_here_is_recorded_by_the_share_and_a_bare_id_becomes_a_w3c_one() {
    let collector = Collector::start().await;
    let mut settings = config(json!({}));
    settings["telemetry"] = collector.section();
    let host = host(&settings).await;
    let client = host.client().await;
    answer(&client, bell("own", "sim:local", &[])).await;
    let own = event(&host, "rpc_end", "own").await;
    let spans = collector.trace(text(&own, "trace_id")).await;
    assert!(spans.iter().any(|span| span.parent_span_id.is_empty()), "{spans:?}");

    let mut bare = Request::new(bell("bare", "sim:local", &[]));
    bare.metadata_mut().insert("trace_id", "kernel-trace-17".parse().unwrap());
    client.clone().execute_circuit(bare).await.unwrap();
    assert_eq!(event(&host, "rpc_end", "bare").await["trace_id"], "kernel-trace-17");
    // SHA-256 of the id, its first half.
    let spans = collector.trace(&kernel_trace_17()).await;
    assert!(spans.iter().any(|span| attribute(span, "eigen.trace_id") == "kernel-trace-17"));
}

fn kernel_trace_17() -> String {
    use sha2::Digest as _;
    hex(&sha2::Sha256::digest("kernel-trace-17")[..16])
}

#[tokio::test]
async fn a_refused_request_shows_its_status_and_not_the_circuit() {
    let collector = Collector::start().await;
    let mut settings = config(json!({}));
    settings["telemetry"] = collector.section();
    let host = host(&settings).await;
    let mut wrong = bell("wrong", "sim:local", &[("token", "canary-7c1e")]);
    wrong.payload.as_mut().unwrap().data = b"{\"canary-7c1e\":".to_vec();
    host.client().await.execute_circuit(traced(wrong, TRACE, "01")).await.unwrap_err();
    let spans = collector.trace(TRACE).await;
    let rpc = one(&spans, "eigen.internal.v1.DriverManagerService/ExecuteCircuit");
    assert_eq!(attribute(rpc, "rpc.grpc.status_code"), json!(tonic::Code::InvalidArgument as i32));
    assert_eq!(rpc.status.as_ref().map_or(0, |status| status.code), 0, "the caller's fault, not ours");
    assert_eq!(attribute(one(&spans, "prepare"), "error.type"), json!("invalid_request"));
    assert!(!collector.everything().contains("canary"), "{}", collector.everything());
}
