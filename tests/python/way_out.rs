//! How drivers in Python get out: through the host's proxy, by the operator's rules.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::provider::{Provider, encrypted};
use crate::stage::{Stage, ask};
use crate::support::host::{Host, new_folder};

/// The driver that asks for what its options say.
pub const ASKS: &str = include_str!("driver_that_asks.py");

/// A host whose driver has these rules, and the stage with its files; `more` is merged into the config.
async fn reaching(rules: Value, more: Value) -> (Host, Stage) {
    let mut config = json!({ "drivers": { "lab": { "egress": rules } } });
    crate::support::guests::merge(&mut config, more);
    let stage = Stage::new(config);
    stage.install_file("1.0.0", ASKS);
    (stage.start().await, stage)
}

/// A provider under TLS, and the config by which its authority counts.
async fn provider() -> (SocketAddr, Value, TempDir) {
    let (address, authority) = encrypted("localhost").await;
    let folder = new_folder();
    let file = folder.path().join("authority.pem");
    fs::write(&file, authority).unwrap();
    (address, json!({ "egress": { "extra_roots": file } }), folder)
}

fn loopback(url: &str) -> Value {
    json!([{ "url": url, "zones": ["loopback"] }])
}

/// Has the driver do something; what it tells.
async fn told(host: &Host, options: &[(&str, &str)]) -> HashMap<String, String> {
    let answer = ask(&host.client().await, options).await;
    answer.unwrap_or_else(|status| panic!("{status:?}\n{}", host.log().text())).metadata
}

async fn counted(host: &Host, outcome: &str) {
    let labels = [("driver", "lab"), ("outcome", outcome)];
    host.wait_for_metric("eigen_driver_outbound_total", &labels, |count| count > 0.5).await;
}

#[tokio::test]
async fn a_granted_host_is_reached_encrypted_through_the_proxy_and_a_line_tells_how_much_went_through() {
    let (address, more, _folder) = provider().await;
    let origin = format!("https://localhost:{}", address.port());
    let (host, _stage) = reaching(loopback(&origin), more).await;
    let seen = told(&host, &[("fetch", &format!("{origin}/private/path"))]).await;
    assert_eq!(seen.get("status").map(String::as_str), Some("200"), "{seen:?}");
    assert!(seen["text"].contains("/private/path"), "{seen:?}");
    let tunnel = |line: &Value| line["event"] == "outbound_tunnel";
    let line = host.log().wait_for("the tunnel's end", tunnel).await;
    assert_eq!(line["host"], format!("localhost:{}", address.port()));
    assert!(line["sent_bytes"].as_u64() > Some(100) && line["received_bytes"].as_u64() > Some(100), "{line}");
    assert!(!line.to_string().contains("private"), "{line}");
    counted(&host, "tunnel").await;
    let labels = [("driver", "lab"), ("direction", "received")];
    host.wait_for_metric("eigen_driver_outbound_bytes_total", &labels, |bytes| bytes > 100.0).await;
}

#[tokio::test]
async fn what_no_rule_names_and_what_lies_in_no_granted_zone_is_refused() {
    let (address, more, _folder) = provider().await;
    let origin = format!("https://localhost:{}", address.port());
    let (host, _stage) = reaching(json!([{ "url": origin }]), more).await;
    let seen = told(&host, &[("fetch", &origin)]).await;
    assert!(seen["error"].contains("403"), "{seen:?}");
    counted(&host, "prohibited_address").await;
    for other in ["127.0.0.1", "example.com", "localhost.", "user@localhost"] {
        let seen = told(&host, &[("tunnel", &format!("{other}:{}", address.port()))]).await;
        assert!(["400", "403"].contains(&seen["status"].as_str()), "{other}: {seen:?}");
    }
    let seen = told(&host, &[("tunnel", "localhost:22")]).await;
    assert_eq!(seen["status"], "403");
    counted(&host, "denied").await;
}

#[tokio::test]
async fn nobody_without_the_credential_of_the_generation_gets_through() {
    let (address, more, _folder) = provider().await;
    let target = format!("localhost:{}", address.port());
    let (host, _stage) = reaching(loopback(&format!("https://{target}")), more).await;
    let seen = told(&host, &[("tunnel", &target), ("credential", "driver:guess")]).await;
    assert_eq!(seen["status"], "407");
    let seen = told(&host, &[("tunnel", &target)]).await;
    assert_eq!(seen["status"], "200");
}

#[tokio::test]
async fn plain_http_is_held_to_methods_and_paths() {
    let provider = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
    let origin = format!("http://{}", provider.address);
    let rule = json!([{ "url": format!("{origin}/v1/"), "methods": ["GET"], "zones": ["loopback"] }]);
    let (host, _stage) = reaching(rule, json!({})).await;
    let seen = told(&host, &[("fetch", &format!("{origin}/v1/jobs"))]).await;
    assert_eq!((seen["status"].as_str(), seen["text"].as_str()), ("200", "hi"));
    for (path, method) in [("/v2/jobs", "GET"), ("/v1/../v2", "GET"), ("/v1/jobs", "DELETE")] {
        let seen = told(&host, &[("fetch", &format!("{origin}{path}")), ("method", method)]).await;
        assert_eq!(seen["status"], "403", "{method} {path}: {seen:?}");
    }
    let heads = provider.heads();
    assert_eq!(heads.len(), 1);
    assert!(!heads[0].to_lowercase().contains("proxy-authorization"), "{heads:?}");
}

#[tokio::test]
async fn a_silent_tunnel_is_closed_and_no_more_are_open_than_may_be() {
    let (address, mut more, _folder) = provider().await;
    let target = format!("localhost:{}", address.port());
    more["egress"]["tunnel_idle_timeout"] = json!("300ms");
    more["egress"]["concurrent"] = json!(1);
    let (host, _stage) = reaching(loopback(&format!("https://{target}")), more).await;
    let seen = told(&host, &[("tunnel", &target), ("second", ""), ("wait", "")]).await;
    assert_eq!((seen["status"].as_str(), seen["second"].as_str()), ("200", "429"));
    assert_eq!(seen["rest"], "b''");
    counted(&host, "idle").await;
    counted(&host, "crowded").await;
}

#[tokio::test]
async fn a_rule_that_cannot_be_kept_inside_tls_is_refused_with_the_key_and_what_to_do() {
    for rule in [
        json!({ "url": "https://api.example.com/v1/" }),
        json!({ "url": "https://api.example.com/", "methods": ["GET"] }),
    ] {
        let (host, _stage) = reaching(json!([rule]), json!({})).await;
        let line = host
            .log()
            .wait_for("the refusal", |line| {
                line["event"] == "driver_load_failed" && line["driver_name"] != "simulator"
            })
            .await
            .to_string();
        assert!(line.contains("drivers.lab.egress[0]"), "{line}");
        assert!(line.contains("drivers.NAME.secrets"), "{line}");
        assert!(ask(&host.client().await, &[]).await.is_err(), "it serves");
    }
}

#[tokio::test]
async fn in_its_sandbox_a_driver_that_may_reach_a_host_reaches_it_through_the_proxy_and_nothing_past_it() {
    let (address, more, _folder) = provider().await;
    let origin = format!("https://localhost:{}", address.port());
    let (host, _stage) = reaching(loopback(&origin), more).await;
    // The same listener: what is refused to go there directly is let through where the operator's rules hold.
    let direct = format!("127.0.0.1:{}", address.port());
    let seen = told(&host, &[("past", &direct), ("fetch", &origin)]).await;
    assert_eq!(seen.get("status").map(String::as_str), Some("200"), "{seen:?}");
    for way in ["connect", "connect_6", "datagram", "local", "listen"] {
        let said = seen[way].as_str();
        assert!(["EACCES", "EPERM", "EAFNOSUPPORT", "ENOSYS"].contains(&said), "{way}: {seen:?}");
    }
}
