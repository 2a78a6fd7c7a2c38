//! Secrets are added by the host: a driver neither sees them nor sends its own.

use serde_json::json;

use crate::provider::Provider;
use crate::stage::{ask, fails, outbound, reaching};
use crate::support::host::new_folder;

const CANARY: &str = "canary-5f1c0a";

#[tokio::test]
async fn the_host_adds_the_secret_and_takes_off_what_the_driver_claims() {
    let provider = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let folder = new_folder();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{CANARY}\n")).unwrap();
    let secret = json!({ "name": "key", "format": "apiKey {secret}" });
    let url = format!("http://{}/", provider.address);
    let rules = json!([{ "url": url, "zones": ["loopback"], "secret": secret }]);
    let host = reaching(rules, json!({ "secrets": { "key": { "file": file } } })).await;
    let claims = [
        ("header.authorization", "Bearer mine"),
        ("header.cookie", "session=1"),
        ("header.proxy-authorization", "Basic x"),
        ("header.x-fine", "kept"),
    ];
    let told = ask(&host, outbound(&provider.address.to_string(), "/", &claims)).await;
    assert_eq!(told.get("status").map(String::as_str), Some("200"), "{told:?}");
    let head = provider.heads().remove(0).to_lowercase();
    assert!(head.contains(&format!("authorization: apikey {CANARY}")), "{head}");
    assert!(head.contains("x-fine: kept") && head.contains(&format!("host: {}", provider.address)), "{head}");
    for claimed in ["mine", "session", "proxy-"] {
        assert!(!head.contains(claimed), "{claimed} in {head}");
    }
    // It is read again when it has changed.
    let beside = folder.path().join("new");
    std::fs::write(&beside, format!("{CANARY}-2")).unwrap();
    std::fs::rename(&beside, &file).unwrap();
    ask(&host, outbound(&provider.address.to_string(), "/", &[])).await;
    assert!(provider.heads()[1].contains(&format!("apiKey {CANARY}-2")), "{:?}", provider.heads());
    let (_, metrics) = host.http_get("/metrics").await;
    let (_, health) = host.http_get("/healthz").await;
    for place in [&host.log().text(), &metrics, &health, &format!("{told:?}")] {
        assert!(!place.contains(CANARY));
    }
}

#[tokio::test]
async fn a_provider_that_sends_the_secret_back_in_a_header_is_not_quoted() {
    let echo =
        format!("HTTP/1.1 200 OK\r\nx-echo: Bearer {CANARY}\r\nx-plain: fine\r\ncontent-length: 0\r\n\r\n");
    let provider = Provider::saying(&echo).await;
    let folder = new_folder();
    let file = folder.path().join("key");
    std::fs::write(&file, CANARY).unwrap();
    let url = format!("http://{}/", provider.address);
    let rules = json!([{ "url": url, "zones": ["loopback"], "secret": { "name": "key" } }]);
    let host = reaching(rules, json!({ "secrets": { "key": { "file": file } } })).await;
    let told = ask(&host, outbound(&provider.address.to_string(), "/", &[])).await;
    assert_eq!((told["header.x-echo"].as_str(), told["header.x-plain"].as_str()), ("[redacted]", "fine"));
}

#[tokio::test]
async fn without_its_secret_a_request_is_not_sent() {
    let provider = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("http://{}/", provider.address);
    let rules = json!([{ "url": url, "zones": ["loopback"], "secret": { "name": "key" } }]);
    let host = reaching(rules, json!({ "secrets": { "key": { "env": "NO_SUCH_VARIABLE_HERE" } } })).await;
    let told = ask(&host, outbound(&provider.address.to_string(), "/", &[])).await;
    fails(&host, &told, "ConfigurationError", "no_secret").await;
    assert!(provider.heads().is_empty());
    let line = host.log().wait_for("the reason", |line| line["event"] == "outbound_call").await;
    assert!(line["cause"].as_str().unwrap().contains("NO_SUCH_VARIABLE_HERE"), "{line}");
}
