//! A canary in every source of secrets: it reaches the provider, and is found nowhere else.

use std::fs;

use driver_manager::grpc::admin::proto::{ListDriversRequest, ReloadConfigRequest};
use serde_json::{Value, json};

use crate::provider::Provider;
use crate::stage::{ask, config, outbound};
use crate::support::host::{Host, new_folder};
use crate::support::operator::Operator;

/// What every canary holds.
const CANARY: &str = "canary-d41f";

/// The sources, each with the path whose rule uses it, and what the provider must get.
const SOURCES: [(&str, &str); 6] = [
    ("env", "Bearer canary-d41f-env"),
    ("file", "Bearer canary-d41f-file"),
    ("credential", "Bearer canary-d41f-credential"),
    ("command", "Bearer canary-d41f-command"),
    ("token", "Bearer canary-d41f-token"),
    ("aws", "AWS4-HMAC-SHA256 Credential=canary-d41f-aws-id/"),
];

#[tokio::test]
async fn a_canary_in_every_source_is_found_at_the_provider_and_nowhere_else() {
    let answer = format!("HTTP/1.1 200 OK\r\nx-echo: {CANARY}-env\r\ncontent-length: 0\r\n\r\n");
    let provider = Provider::saying(&answer).await;
    let token = format!(r#"{{"access_token":"{CANARY}-token","expires_in":3600}}"#);
    let issuer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{token}", token.len());
    let issuer = Provider::saying(&issuer).await;

    let folder = new_folder();
    let planted = |name: &str| {
        let file = folder.path().join(name);
        fs::write(&file, format!("{CANARY}-{name}\n")).unwrap();
        file
    };
    let command = planted("command");
    planted("credential");
    let secrets = json!({
        "env": { "env": "CANARY_SECRET" },
        "file": { "file": planted("file") },
        "credential": { "credential": "credential" },
        "command": { "command": ["cat", command] },
        "client": { "file": planted("client") },
        "token": { "token": {
            "grant": "client_credentials", "client_id": "us", "key": "client", "zones": ["loopback"],
            "url": format!("http://{}/token", issuer.address),
        } },
        "aws-id": { "file": planted("aws-id") },
        "aws-key": { "file": planted("aws-key") },
        "aws-session": { "file": planted("aws-session") },
    });
    let rule = |(name, _): (&str, &str)| {
        let mut rule =
            json!({ "url": format!("http://{}/{name}/", provider.address), "zones": ["loopback"] });
        if name == "aws" {
            rule["aws_sigv4"] = json!({
                "access_key": "aws-id", "secret_key": "aws-key", "session_token": "aws-session",
                "region": "us-east-1", "service": "braket",
            });
        } else {
            rule["secret"] = json!({ "name": name });
        }
        rule
    };
    let mut rules: Vec<Value> = SOURCES.map(rule).to_vec();
    // And one that nobody answers.
    let nobody = "127.0.0.1:9";
    rules.push(
        json!({ "url": format!("http://{nobody}/"), "zones": ["loopback"], "secret": { "name": "env" } }),
    );
    let text = config(json!(rules), json!({}), &json!({ "secrets": secrets, "log": { "level": "trace" } }));
    let file = folder.path().join("dm.yaml");
    fs::write(&file, text.to_string()).unwrap();
    let credentials = folder.path().to_owned();
    let host = Host::launch(folder, |command| {
        command.arg("--config").arg(&file);
        command.env("CANARY_SECRET", format!("{CANARY}-env")).env("CREDENTIALS_DIRECTORY", credentials);
    })
    .await;

    let authority = provider.address.to_string();
    let mut found = Vec::new();
    for (name, sent) in SOURCES {
        let told = ask(&host, outbound(&authority, &format!("/{name}/"), &[])).await;
        let head = provider.heads().pop().unwrap();
        assert!(head.contains(&format!("authorization: {sent}")), "{name}: {head}");
        // The provider's own echo is the provider's, unless it is the secret of this very request.
        if name == "env" {
            found.push(("answer", format!("{told:?}")));
        }
    }
    found.push(("failure", format!("{:?}", ask(&host, outbound(nobody, "/", &[])).await)));
    let mut operator = Operator::of(&host).await;
    let reload = operator.client.reload_config(ReloadConfigRequest {}).await;
    found.push(("reload", format!("{reload:?}")));
    let drivers = operator.client.list_drivers(ListDriversRequest {}).await.unwrap();
    assert!(format!("{drivers:?}").contains("reaches-out"));
    found.push(("drivers", format!("{drivers:?}")));
    found.push(("driver", format!("{:?}", operator.driver("reaches-out").await)));
    for page in ["/metrics", "/healthz", "/readyz", "/livez"] {
        found.push((page, host.http_get(page).await.1));
    }
    fs::write(&file, format!("{text}\n  nonsense: [")).unwrap();
    let refused = operator.client.reload_config(ReloadConfigRequest {}).await.unwrap_err();
    found.push(("refused reload", format!("{refused:?}")));
    // The last of them, so that all are there.
    let last = |line: &Value| line["event"] == "outbound_call" && line["host"] == nobody;
    host.log().wait_for("the requests", last).await;
    found.push(("log", host.log().text()));
    for (place, text) in found {
        assert!(!text.contains(CANARY), "{place}: {text}");
    }
}
