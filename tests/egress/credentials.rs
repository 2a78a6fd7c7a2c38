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

/// An answer of plain HTTP with a body.
fn saying(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_token_is_got_once_for_many_requests_and_anew_when_it_is_refused() {
    let issuer =
        Provider::saying(&saying("200 OK", &format!(r#"{{"access_token":"{CANARY}-t","expires_in":3600}}"#)))
            .await;
    let good = Provider::saying(&saying("200 OK", "{}")).await;
    let refusing = Provider::saying(&saying("401 Unauthorized", "{}")).await;
    let folder = new_folder();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{CANARY} & more")).unwrap();
    let token = json!({
        "grant": "ibm_iam", "url": format!("http://{}/identity/token", issuer.address),
        "key": "api_key", "zones": ["loopback"],
    });
    let secret = json!({ "name": "token" });
    let rule = |provider: &Provider| json!({ "url": format!("http://{}/", provider.address), "zones": ["loopback"], "secret": secret });
    let secrets = json!({ "api_key": { "file": file }, "token": { "token": token } });
    let host = reaching(json!([rule(&good), rule(&refusing)]), json!({ "secrets": secrets })).await;
    for _ in 0..3 {
        let told = ask(&host, outbound(&good.address.to_string(), "/", &[])).await;
        assert_eq!(told["status"], "200");
    }
    assert_eq!((issuer.heads().len(), good.heads().len()), (1, 3));
    assert!(
        good.heads().iter().all(|head| head.contains(&format!("Bearer {CANARY}-t"))),
        "{:?}",
        good.heads()
    );

    // A request that changes nothing is sent once more with a new token; the second refusal is the driver's.
    let told = ask(&host, outbound(&refusing.address.to_string(), "/", &[])).await;
    assert_eq!((told["status"].as_str(), issuer.heads().len(), refusing.heads().len()), ("401", 2, 2));
    let told = ask(&host, outbound(&refusing.address.to_string(), "/", &[("method", "POST")])).await;
    assert_eq!((told["status"].as_str(), refusing.heads().len()), ("401", 3));
    assert!(!host.log().text().contains(CANARY));
}

#[tokio::test]
async fn an_issuer_that_refuses_or_talks_nonsense_is_told_to_the_operator_without_what_it_said() {
    let folder = new_folder();
    let file = folder.path().join("key");
    std::fs::write(&file, CANARY).unwrap();
    let provider = Provider::saying(&saying("200 OK", "{}")).await;
    for (answer, cause) in [
        (saying("403 Forbidden", CANARY), "403"),
        (saying("200 OK", &format!(r#"{{"token":"{CANARY}"}}"#)), "not understood"),
    ] {
        let issuer = Provider::saying(&answer).await;
        let token = json!({
            "grant": "client_credentials", "client_id": "me", "url": format!("http://{}/t", issuer.address),
            "key": "client_secret", "scope": "jobs", "zones": ["loopback"],
        });
        let rules = json!([{
            "url": format!("http://{}/", provider.address), "zones": ["loopback"], "secret": { "name": "token" },
        }]);
        let secrets = json!({ "client_secret": { "file": file }, "token": { "token": token } });
        let host = reaching(rules, json!({ "secrets": secrets })).await;
        let told = ask(&host, outbound(&provider.address.to_string(), "/", &[])).await;
        fails(&host, &told, "ConfigurationError", "no_secret").await;
        let line = host.log().wait_for("why", |line| line["error"] == "no_secret").await;
        assert!(line["cause"].as_str().unwrap().contains(cause), "{line}");
        assert!(!host.log().text().contains(CANARY));
    }
    assert!(provider.heads().is_empty());
}
