//! What Kernels send beside the circuit: nothing at all, or traces and a job's whole metadata.

use tonic::{Code, Request};

use crate::stage::{BELL, aqo, host, is, kernel, of_job, refusal, run, with};
use crate::support::details::Details;
use crate::support::guests::event;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn a_new_connection_for_every_call_is_no_burden() {
    for _ in 0..50 {
        run(aqo(BELL, 10)).await;
    }
}

#[tokio::test]
async fn a_jobs_whole_metadata_as_options_is_no_reason_to_refuse() {
    let long = "x".repeat(20_000);
    let options = [
        ("priority", "high"),
        ("user.name", "Ada"),
        ("", "an empty key"),
        ("an empty value", ""),
        ("dm.unheard_of", "?"),
        ("vqe.unheard_of", "?"),
        ("param.", "no name"),
        ("param.not used", "1"),
        ("parameters.unused", "not a number"),
        ("tags", "[\"a\", \"b\"]"),
        ("ünïcödé", "日本語 🦀"),
        ("long", &long),
        ("compiler.optimization_level", "3"),
        ("non_idempotent", "true"),
        ("client_request_id", "cr-1"),
        ("timeout_sec", "30"),
        ("dm.timeout", "20s"),
    ];
    let request = of_job(with(aqo(BELL, 10), &options), "a-talkative-job");
    let mut request = Request::new(request);
    let metadata = request.metadata_mut();
    metadata.insert("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01").parse().unwrap());
    metadata.insert("trace_id", TRACE.parse().unwrap());
    metadata.insert("x-eigen-tenant", "t".parse().unwrap());
    metadata.insert("authorization", "Bearer not-looked-at".parse().unwrap());
    kernel().await.execute_circuit(request).await.unwrap();
}

#[tokio::test]
async fn a_repeated_job_id_is_another_execution_each_time() {
    let flipped = BELL.replace("{\"op\":\"H\",\"q\":[0]}", "{\"op\":\"X\",\"q\":[0]}");
    let one = with(of_job(aqo(BELL, 100), "one-job"), &[("vqe.iteration", "0"), ("vqe.params", "0.1,0.2")]);
    let two = with(of_job(aqo(flipped, 100), "one-job"), &[("vqe.iteration", "1"), ("vqe.params", "0.3")]);
    for _ in 0..3 {
        assert_eq!(run(one.clone()).await.counts.len(), 2);
        assert_eq!(run(two.clone()).await.counts, [("11".to_owned(), 100)].into());
    }
}

#[tokio::test]
async fn the_same_job_may_run_at_the_same_time_many_times() {
    let calls = (0..16).map(|_| run(of_job(aqo(BELL, 50), "at-once")));
    assert_eq!(futures::future::join_all(calls).await.len(), 16);
}

#[tokio::test]
async fn the_simulators_profile_is_taken_in_any_case_and_others_are_unimplemented() {
    for profile in ["simulator", "SIMULATOR", "  Simulator\t", ""] {
        let answer = run(with(aqo(BELL, 10), &[("provider_profile", profile)])).await;
        assert_eq!(answer.metadata.get("provider_profile").map(String::as_str), Some("simulator"));
    }
    let refused = refusal(with(aqo(BELL, 10), &[("provider_profile", "ibm")])).await;
    is(&refused, Code::Unimplemented, "EIGEN_BACKEND_PROVIDER", "Unsupported provider_profile: ibm");
    assert_eq!((refused.1.said("taxonomy"), refused.1.said("provider")), ("provider", "simulator"));
}

/// The `trace_id` of the log and the `trace` of a refusal, for a job under these headers.
async fn traced(job: &str, headers: &[(&'static str, &str)]) -> (String, String) {
    let mut request = Request::new(of_job(with(aqo(BELL, 10), &[("provider_profile", "none")]), job));
    for (name, value) in headers {
        request.metadata_mut().insert(*name, value.parse().unwrap());
    }
    let status = kernel().await.execute_circuit(request).await.unwrap_err();
    let details = Details::of(&status, job).unwrap();
    let line = event(host().await, "rpc_end", job).await;
    assert_eq!(line["span_id"].as_str().map(str::len), Some(16), "{line}");
    (line["trace_id"].as_str().unwrap_or_default().to_owned(), details.said("trace").to_owned())
}

#[tokio::test]
async fn a_callers_trace_reaches_the_log_and_the_refusal() {
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let told = format!("trace://{TRACE}");
    assert_eq!(traced("by-traceparent", &[("traceparent", &parent)]).await, (TRACE.to_owned(), told.clone()));
    assert_eq!(traced("by-trace-id", &[("trace_id", TRACE)]).await, (TRACE.to_owned(), told.clone()));
    let both = [("traceparent", parent.as_str()), ("trace_id", "another")];
    assert_eq!(traced("by-both", &both).await, (TRACE.to_owned(), told));
    let own = ("run-2024:7".to_owned(), "trace://run-2024:7".to_owned());
    assert_eq!(traced("by-a-name-of-its-own", &[("trace_id", "run-2024:7")]).await, own);
}

#[tokio::test]
async fn a_call_without_a_trace_gets_one_in_the_log_and_none_in_the_refusal() {
    let (logged, told) = traced("untraced", &[]).await;
    assert!(logged.len() == 32 && logged.bytes().all(|byte| byte.is_ascii_hexdigit()), "{logged:?}");
    assert_eq!(told, "");
}

#[tokio::test]
async fn a_malformed_traceparent_is_ignored() {
    let zeros = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
    let no_parent = format!("00-{TRACE}-{}-01", "0".repeat(16));
    let forbidden_version = format!("ff-{TRACE}-00f067aa0ba902b7-01");
    let malformed =
        ["", "00-zz-00f067aa0ba902b7-01", "00", "garbage", &zeros, &no_parent, &forbidden_version];
    for (index, wrong) in malformed.into_iter().enumerate() {
        let headers = [("traceparent", wrong), ("trace_id", "in-its-stead")];
        let (logged, told) = traced(&format!("malformed-trace-{index}"), &headers).await;
        assert_eq!((logged.as_str(), told.as_str()), ("in-its-stead", "trace://in-its-stead"), "{wrong:?}");
    }
}
