//! `log-level`: what a running host tells, changed while it runs.

use serde_json::{Value, json};

use crate::stage::command;
use crate::support::guests::{answer, bell, event};
use crate::support::host::Host;
use crate::support::program::{Finished, finish};

async fn log_level(host: &Host, arguments: &[&str]) -> Finished {
    let all: Vec<&str> = [&["log-level", "--admin", &host.admin], arguments].concat();
    finish(&mut command(&all)).await
}

#[tokio::test]
async fn levels_change_at_once_for_one_module_and_go_back() {
    let host = Host::start_with_defaults().await;
    let shown = log_level(&host, &[]).await;
    shown.exits(0);
    assert_eq!(shown.stdout.trim(), "info");

    let client = host.client().await;
    answer(&client, bell("quiet", "sim:local", &[])).await;
    let changed = log_level(&host, &["warn,driver_manager::dispatch=debug", "--json"]).await;
    changed.exits(0);
    let told: Value = serde_json::from_str(&changed.stdout).unwrap();
    assert_eq!(told, json!({ "levels": "warn,driver_manager::dispatch=debug", "started_with": "info" }));
    answer(&client, bell("loud", "sim:local", &[])).await;
    let is_prepared = |line: &Value| line["message"] == "circuit prepared";
    let prepared = host.log().wait_for("the circuit", is_prepared).await;
    assert_eq!(prepared["job_id"], "loud");

    log_level(&host, &["--reset"]).await.exits(0);
    answer(&client, bell("after", "sim:local", &[])).await;
    event(&host, "rpc_end", "after").await;
    let lines = host.log().all();
    let of =
        |job: &str, what: &str| lines.iter().filter(|line| line.contains(job) && line.contains(what)).count();
    assert_eq!((of("quiet", "rpc_end"), of("loud", "rpc_end"), of("after", "circuit prepared")), (1, 0, 0));
}

#[tokio::test]
async fn what_is_no_level_is_refused_and_nothing_changes() {
    let host = Host::start_with_defaults().await;
    let refused = log_level(&host, &["loud"]).await;
    assert!(refused.stderr.contains("unknown level `loud`"), "{refused:#?}");
    assert!(refused.stderr.contains("trace"), "what is allowed is named: {refused:#?}");
    assert_eq!(log_level(&host, &[]).await.stdout.trim(), "info");
}
