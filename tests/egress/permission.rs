//! What no rule names is not reached, however it is written.

use serde_json::json;

use crate::provider::{Provider, encrypted};
use crate::stage::{ask, fails, outbound, reaching, rule};
use crate::support::host::new_folder;

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-mine: yes\r\n\r\nhello";

#[tokio::test]
async fn a_driver_without_a_grant_reaches_nothing_and_gets_a_clean_error() {
    let provider = Provider::saying(HELLO).await;
    let host = reaching(json!([]), json!({})).await;
    let told = ask(&host, outbound(&provider.address.to_string(), "/", &[])).await;
    fails(&host, &told, "HttpRequestDenied", "denied").await;
    assert!(provider.heads().is_empty());
}

#[tokio::test]
async fn what_a_rule_names_is_reached_and_nothing_beside_it() {
    let provider = Provider::saying(HELLO).await;
    let other = Provider::saying(HELLO).await;
    let host = reaching(json!([rule(provider.address, "/v1/")]), json!({})).await;
    let address = provider.address.to_string();
    let told = ask(&host, outbound(&address, "/v1/jobs?key=1", &[])).await;
    assert_eq!(
        (told["status"].as_str(), told["text"].as_str(), told["header.x-mine"].as_str()),
        ("200", "hello", "yes")
    );
    for (authority, path, options) in [
        (address.as_str(), "/v2/", &[][..]),
        (&address, "/v1/../v2/", &[]),
        (&address, "/v1/%2e%2e/v2/", &[]),
        (&address, "/v1/", &[("method", "TRACE")]),
        (&address, "/v1/", &[("scheme", "https")]),
        (&other.address.to_string(), "/v1/", &[]),
        (&format!("localhost:{}", provider.address.port()), "/v1/", &[]),
    ] {
        let told = ask(&host, outbound(authority, path, options)).await;
        fails(&host, &told, "HttpRequestDenied", "denied").await;
    }
    assert_eq!((provider.heads().len(), other.heads().len()), (1, 0));
    // The log names what was asked for, but for the query.
    let line = host
        .log()
        .wait_for("the call", |line| line["event"] == "outbound_call" && line["status"] == 200)
        .await;
    assert_eq!((line["path"].as_str(), line["host"].as_str()), (Some("/v1/jobs"), Some(address.as_str())));
    assert!(!host.log().text().contains("key=1"));
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_or_to_a_metadata_service_is_not_connected_to() {
    let provider = Provider::saying(HELLO).await;
    let (port, name) = (provider.address.port(), format!("localhost:{}", provider.address.port()));
    let rules = json!([
        { "url": format!("http://{name}/") },
        { "url": format!("http://127.0.0.1:{port}/"), "zones": ["public", "private", "link_local"] },
        { "url": "http://169.254.169.254/", "zones": ["public", "private", "link_local"] },
    ]);
    let host = reaching(rules, json!({})).await;
    for authority in [name.as_str(), &format!("127.0.0.1:{port}"), "169.254.169.254"] {
        let told = ask(&host, outbound(authority, "/", &[])).await;
        fails(&host, &told, "DestinationIpProhibited", "prohibited_address").await;
    }
    assert!(provider.heads().is_empty());
}

#[tokio::test]
async fn a_redirect_is_handed_back_and_not_followed() {
    let forbidden = Provider::saying(HELLO).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n", forbidden.address);
    let provider = Provider::saying(&redirect).await;
    let host = reaching(json!([rule(provider.address, "/")]), json!({})).await;
    let told = ask(&host, outbound(&provider.address.to_string(), "/", &[])).await;
    assert_eq!(told["status"], "302");
    assert!(forbidden.heads().is_empty());
}

#[tokio::test]
async fn a_provider_under_tls_is_reached_by_http_2_if_its_authority_is_trusted() {
    let (address, authority) = encrypted("localhost").await;
    let folder = new_folder();
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, authority).unwrap();
    let url = format!("https://localhost:{}", address.port());
    let rules = json!([{ "url": format!("{url}/"), "zones": ["loopback"] }]);
    let request = || outbound(&format!("localhost:{}", address.port()), "/v2", &[("scheme", "https")]);

    let host = reaching(rules.clone(), json!({ "egress": { "extra_roots": roots } })).await;
    let told = ask(&host, request()).await;
    assert_eq!((told["status"].as_str(), told["text"].as_str()), ("200", "HTTP/2.0 /v2"));

    let distrustful = reaching(rules, json!({})).await;
    let told = ask(&distrustful, request()).await;
    fails(&distrustful, &told, "TlsCertificateError", "tls").await;
}
