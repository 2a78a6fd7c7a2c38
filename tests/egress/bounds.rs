//! Whatever a provider does, it costs no more than the operator allows.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::provider::Provider;
use crate::stage::{ask, fails, outbound, reaching, rule};

fn small() -> serde_json::Value {
    json!({ "egress": {
        "first_byte_timeout": "300ms", "connect_timeout": "300ms", "between_bytes_timeout": "200ms",
        "max_request_body": "4KiB", "max_response_body": "8KiB", "max_headers": "8KiB",
    } })
}

fn now(text: &str) -> (Duration, Vec<u8>) {
    (Duration::ZERO, text.as_bytes().to_vec())
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_given_up() {
    let provider = Provider::plain(vec![(Duration::from_hours(1), Vec::new())]).await;
    let host = reaching(json!([rule(provider.address, "/")]), small()).await;
    let told = ask(&host, outbound(&provider.address.to_string(), "/", &[])).await;
    fails(&host, &told, "HttpResponseTimeout", "timeout").await;
}

#[tokio::test]
async fn a_body_that_drips_or_never_ends_is_cut() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let silent = Provider::plain(vec![now(head), (Duration::from_hours(1), Vec::new())]).await;
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let endless =
        Provider::plain((0..1000).map(|part| now(if part == 0 { head } else { &chunk })).collect()).await;
    let host = reaching(json!([rule(silent.address, "/"), rule(endless.address, "/")]), small()).await;
    let told = ask(&host, outbound(&silent.address.to_string(), "/", &[])).await;
    assert_eq!((told["status"].as_str(), told["text"].as_str()), ("200", "hello"));
    assert!(told["cut"].contains("timeout"), "{told:?}");
    let told = ask(&host, outbound(&endless.address.to_string(), "/", &[])).await;
    assert!(told["cut"].contains("body size exceeds limit"), "{told:?}");
    assert!(told["bytes"].parse::<u64>().unwrap() <= 8192);
}

#[tokio::test]
async fn a_body_that_says_that_it_is_too_long_is_not_read_and_one_that_is_is_not_sent() {
    let long = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\nx").await;
    let host = reaching(json!([rule(long.address, "/")]), small()).await;
    let told = ask(&host, outbound(&long.address.to_string(), "/", &[])).await;
    fails(&host, &told, "HttpResponseBodySize", "too_large").await;
    let sending = [("method", "POST"), ("send", "100000")];
    let told = ask(&host, outbound(&long.address.to_string(), "/", &sending)).await;
    assert!(told["error"].contains("HttpRequestBodySize"), "{told:?}");
}

#[tokio::test]
async fn a_bomb_of_headers_does_not_go_off() {
    let bomb = format!(
        "HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n",
        "x-filler: 0123456789012345678901234567890\r\n".repeat(1000)
    );
    let provider = Provider::saying(&bomb).await;
    let host = reaching(json!([rule(provider.address, "/")]), small()).await;
    let told = ask(&host, outbound(&provider.address.to_string(), "/", &[])).await;
    fails(&host, &told, "HttpProtocolError", "broken").await;
}

#[tokio::test]
async fn a_header_cannot_smuggle_another_request() {
    let provider = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let host = reaching(json!([rule(provider.address, "/")]), small()).await;
    for options in [
        [("header.x-evil", "a\r\nhost: other")],
        [("header.x\r\nhost", "other")],
        [("header.transfer-encoding", "chunked")],
        [("header.content-length", "7\r\n")],
    ] {
        let told = ask(&host, outbound(&provider.address.to_string(), "/", &options)).await;
        let sent = provider.heads().join("\n").to_lowercase();
        assert!(!sent.contains("other") && !sent.contains("chunked"), "{told:?}\n{sent}");
    }
}

#[tokio::test]
async fn a_call_s_own_deadline_ends_what_it_has_begun() {
    let provider = Provider::plain(vec![(Duration::from_hours(1), Vec::new())]).await;
    let host = reaching(json!([rule(provider.address, "/")]), json!({})).await;
    let started = Instant::now();
    let request = outbound(&provider.address.to_string(), "/", &[("dm.timeout", "300ms")]);
    // Whether the driver still gets to say so, or not even that.
    match host.client().await.execute_circuit(request).await {
        Ok(answer) => assert!(answer.into_inner().metadata["error"].contains("Timeout")),
        Err(status) => assert_eq!(status.code(), tonic::Code::DeadlineExceeded),
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
