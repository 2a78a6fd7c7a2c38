//! Secrets that drivers in Python are given themselves.

use std::fs;
use std::time::Duration;

use driver_manager::grpc::admin::proto::{ListDriversRequest, ReloadConfigRequest};
use serde_json::{Value, json};

use crate::stage::{Stage, ask};
use crate::support::guests::{fixture, merge};
use crate::support::host::{Host, new_folder};
use crate::support::operator::Operator;
use crate::way_out::ASKS;

/// What every canary holds.
const CANARY: &str = "canary-7c2e/with+signs";

#[tokio::test]
async fn a_canary_in_every_source_reaches_the_driver_and_is_found_nowhere_else() {
    for source in ["env", "file", "credential", "command"] {
        let folder = new_folder();
        let file = folder.path().join("key");
        fs::write(&file, format!("{CANARY}\n")).unwrap();
        let secret = match source {
            "env" => json!({ "env": "CANARY_SECRET" }),
            "file" => json!({ "file": file }),
            "credential" => json!({ "credential": "key" }),
            _ => json!({ "command": ["cat", file] }),
        };
        let stage = Stage::new(json!({
            "secrets": { "lab_key": secret },
            "drivers": { "lab": { "secrets": { "key": "lab_key" }, "egress": [{ "url": "https://localhost" }] } },
            "log": { "level": "trace" },
        }));
        stage.install_file("1.0.0", ASKS);
        let config = folder.path().join("dm.yaml");
        fs::write(&config, stage.config().to_string()).unwrap();
        let credentials = folder.path().to_owned();
        let host = Host::launch(folder, |command| {
            command.arg("--config").arg(&config);
            command.env("CANARY_SECRET", CANARY).env("CREDENTIALS_DIRECTORY", credentials);
        })
        .await;
        let client = host.client().await;

        // The option itself is the caller's, and told back by nobody.
        let seen = ask(&client, &[("has", CANARY)]).await.unwrap().metadata;
        assert_eq!((seen["has"].as_str(), seen["environment"].as_str()), ("True", "False"), "{source}");

        let mut found = Vec::new();
        let answer = ask(&client, &[("blab", "answer")]).await.unwrap();
        assert_eq!(answer.metadata["blabbed"], "*".repeat(CANARY.len()));
        found.push(("answer", format!("{answer:?}")));
        for how in ["fail", "refuse"] {
            let status = ask(&client, &[("blab", how)]).await.unwrap_err();
            found.push(("failure", format!("{status:?} {}", String::from_utf8_lossy(status.details()))));
        }
        let mut operator = Operator::of(&host).await;
        found.push(("reload", format!("{:?}", operator.client.reload_config(ReloadConfigRequest {}).await)));
        let drivers = operator.client.list_drivers(ListDriversRequest {}).await;
        found.push(("drivers", format!("{:?}", drivers.unwrap())));
        found.push(("driver", format!("{:?}", operator.driver("lab").await)));
        for page in ["/metrics", "/healthz", "/readyz", "/livez"] {
            found.push((page, host.http_get(page).await.1));
        }
        for said in ["printed ***", "printed too ***", "logged ***"] {
            let line = |line: &Value| line["message"].as_str().is_some_and(|text| text.contains(said));
            host.log().wait_for(said, line).await;
        }
        let failed = |line: &Value| {
            line["event"] == "execution_failed" && line.to_string().contains("failed with ***")
        };
        host.log().wait_for("the failure", failed).await;
        found.push(("log", host.log().text()));
        for (place, text) in found {
            for form in [CANARY, "canary-7c2e"] {
                assert!(!text.contains(form), "{source}: {place}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_worker_whose_secret_has_changed_is_replaced() {
    let folder = new_folder();
    let file = folder.path().join("key");
    fs::write(&file, "the-first-key").unwrap();
    let stage = Stage::new(json!({
        "secrets": { "lab_key": { "file": file } },
        "drivers": { "lab": { "secrets": { "key": "lab_key" } } },
        "python": { "secrets_interval": "50ms" },
    }));
    stage.install_file("1.0.0", ASKS);
    let host = stage.start().await;
    let client = host.client().await;
    let before = ask(&client, &[("has", "the-first-key")]).await.unwrap().metadata;
    assert_eq!(before["has"], "True");

    let next = file.with_extension("next");
    fs::write(&next, "the-second-key").unwrap();
    fs::rename(&next, &file).unwrap();
    let end = std::time::Instant::now() + Duration::from_secs(25);
    loop {
        let now = ask(&client, &[("has", "the-second-key")]).await.unwrap().metadata;
        if now["has"] == "True" {
            assert_ne!(now["pid"], before["pid"]);
            break;
        }
        assert!(std::time::Instant::now() < end, "it keeps the old secret");
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_keeps_the_driver_out_and_the_log_says_which() {
    let stage = Stage::new(json!({
        "secrets": { "lab_key": { "file": "/no/such/file" } },
        "drivers": { "lab": { "secrets": { "key": "lab_key" } } },
    }));
    stage.install_file("1.0.0", ASKS);
    let host = stage.start().await;
    let line = host
        .log()
        .wait_for("the refusal", |line| {
            line["event"] == "driver_load_failed" && line["driver_name"] != "simulator"
        })
        .await;
    assert!(line.to_string().contains("lab_key"), "{line}");
}

#[tokio::test]
async fn a_driver_in_webassembly_is_given_no_secret() {
    let mut driver = fixture("reaches-out", json!({ "memory": "16MiB" }));
    merge(&mut driver, json!({ "secrets": { "key": "lab_key" } }));
    let config = json!({
        "plugins": { "directories": [] },
        "secrets": { "lab_key": { "env": "PATH" } },
        "drivers": { "reaches-out": driver },
    });
    let host = Host::start(&config.to_string()).await;
    let line = host
        .log()
        .wait_for("the refusal", |line| {
            line["event"] == "driver_load_failed" && line["driver_name"] != "simulator"
        })
        .await;
    assert!(line.to_string().contains("drivers.reaches-out.secrets"), "{line}");
}
