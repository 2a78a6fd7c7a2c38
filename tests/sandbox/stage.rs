//! The host that most tests share: every driver that can be loaded, under small limits; and what is to be
//! true of a host after a fault.

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::support::guests::{SHOTS, answer, bell, config, event, fixture, host, text};
use crate::support::host::{Client, Host};

/// The shared host.
pub async fn stage() -> &'static Host {
    static STAGE: OnceCell<Host> = OnceCell::const_new();
    STAGE.get_or_init(async || host(&set_up()).await).await
}

fn set_up() -> Value {
    let small = |more: Value| {
        let mut limits = json!({ "memory": "16MiB", "fuel": 300_000_000 });
        limits.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        limits
    };
    let plain = |name: &str| fixture(name, small(json!({})));
    config(json!({
        "answers-later": plain("answers-later"),
        "endless-loop": plain("endless-loop"),
        "endless-recursion": fixture("endless-recursion", small(json!({ "fuel": "unlimited" }))),
        "giant-log": fixture("giant-log", small(json!({
            "memory": "64MiB", "fuel": "unlimited", "log_rate": "32KiB", "log_line": "1KiB",
        }))),
        "giant-result": fixture("giant-result", small(json!({
            "memory": "256MiB", "fuel": "unlimited", "host_calls": "8MiB",
        }))),
        "lies": plain("lies"),
        "memory-bomb": plain("memory-bomb"),
        "panics": plain("panics"),
        "slow-ok": fixture("slow-ok", small(json!({ "fuel": "unlimited" }))),
        "table-bomb": fixture("table-bomb", small(json!({ "table_elements": 5000 }))),
    }))
}

/// The instance that failed was stopped for this reason and is lent no more. Gives the line that says so.
pub async fn condemned(host: &Host, driver: &str, kind: &str, job: &str) -> Value {
    let stopped = event(host, "guest_trapped", job).await;
    assert_eq!((text(&stopped, "driver_name"), text(&stopped, "kind")), (driver, kind), "{stopped}");
    let closed = event(host, "connection_closed", job).await;
    assert_eq!((text(&closed, "driver_name"), text(&closed, "why")), (driver, "condemned"), "{closed}");
    stopped
}

/// The driver answers honestly on an instance made after the fault, and its neighbour as ever.
pub async fn all_is_well(host: &Host, client: &Client, device: &str, after: &str) {
    let again = format!("{after}-again");
    let good = answer(client, bell(&again, device, &[("behave", "well")])).await;
    assert_eq!(good.counts, [("00".to_owned(), i64::from(SHOTS))].into());
    event(host, "connection_created", &again).await;
    neighbour_is_well(client, after).await;
}

/// The simulator answers.
pub async fn neighbour_is_well(client: &Client, after: &str) {
    let neighbour = answer(client, bell(&format!("{after}-neighbour"), "sim:local", &[])).await;
    assert_eq!(neighbour.counts.values().sum::<i64>(), i64::from(SHOTS));
}
