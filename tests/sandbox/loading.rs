//! Drivers that never come into service: the host starts without them, and says why.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tonic::Code;

use crate::stage::neighbour_is_well;
use crate::support::guests::{SHOTS, answer, bell, config, fixture, host, refusal, text};
use crate::support::host::Host;

/// What `sleeps-in-initialize` may take.
const INITIALIZE: Duration = Duration::from_millis(700);

/// A host with every driver that cannot be loaded.
async fn ruins() -> &'static Host {
    static RUINS: OnceCell<Host> = OnceCell::const_new();
    let drivers = json!({
        "wrong-world": fixture("wrong-world", json!({})),
        "traps-in-initialize": fixture("traps-in-initialize", json!({})),
        "sleeps-in-initialize":
            fixture("sleeps-in-initialize", json!({ "initialize_timeout": format!("{}ms", INITIALIZE.as_millis()) })),
    });
    RUINS.get_or_init(async || host(&config(drivers)).await).await
}

/// The line that says why a driver is not there. Its device is unknown, others serve, and health says so too.
async fn left_out(driver: &str, reason: &str) -> String {
    let host = ruins().await;
    let failed = host.log().wait_for("a refused driver", |line| {
        line["event"] == "driver_load_failed" && line["driver_name"] == driver
    });
    let failed = failed.await;
    assert_eq!(text(&failed, "reason"), reason, "{failed}");
    assert_eq!(
        host.metric("eigen_driver_loads_total", &[("driver", driver), ("outcome", "failed")]).await,
        1.0
    );
    let (status, page) = host.http_get("/healthz").await;
    let health: Value = serde_json::from_str(&page).unwrap();
    assert_eq!((status, &health["ready"]), (200, &json!(true)), "the simulator serves: {page}");
    assert_eq!(health["drivers"][driver]["ready"], false, "{page}");
    assert!(!text(&health["drivers"][driver], "reason").is_empty(), "{page}");
    let client = host.client().await;
    let device = format!("fixture:{driver}");
    let refused = refusal(&client, bell(driver, &device, &[])).await;
    refused.is(Code::NotFound, "EIGEN_BACKEND_INVALID_ARGUMENT", "provider");
    neighbour_is_well(&client, driver).await;
    format!("{}; {}", text(&failed, "cause"), text(&failed, "remedy"))
}

#[tokio::test]
async fn a_component_of_another_world_is_refused_with_every_import_and_export_by_name() {
    let cause = left_out("wrong-world", "PLUGIN_INTERFACE_MISMATCH").await;
    assert!(
        cause.contains("imports `example:greetings/telepathy@1.0.0`, which this host does not offer"),
        "{cause}"
    );
    assert!(cause.contains("does not export `eigen:qdriver/driver@1.0.0`"), "{cause}");
    assert!(!cause.contains("imports `wasi:"), "what fits is not worth a word: {cause}");
}

#[tokio::test]
async fn a_driver_that_dies_while_it_initialises_is_left_out_and_its_last_words_are_in_the_log() {
    let cause = left_out("traps-in-initialize", "PLUGIN_START_FAILED").await;
    assert!(cause.contains("driver `traps-in-initialize` panicked"), "{cause}");
    assert!(cause.contains("the ignition key is missing"), "{cause}");
}

#[tokio::test]
async fn a_driver_that_sleeps_while_it_initialises_is_left_out_when_its_time_is_up() {
    let cause = left_out("sleeps-in-initialize", "PLUGIN_START_FAILED").await;
    assert!(cause.contains("it did not answer within 0."), "{cause}");
    assert!(cause.contains("`drivers.sleeps-in-initialize.limits.initialize_timeout`"), "{cause}");
}

#[tokio::test]
async fn a_driver_that_dies_while_it_initialises_holds_nobody_up() {
    let began = Instant::now();
    let mut drivers = json!({ "traps-in-initialize": fixture("traps-in-initialize", json!({})) });
    drivers["traps-in-initialize"]["settings"] = json!({ "behave": "well" });
    drivers["sleeps-in-initialize"] = fixture("sleeps-in-initialize", json!({}));
    drivers["sleeps-in-initialize"]["settings"] = json!({ "behave": "well" });
    let host = host(&config(drivers)).await;
    assert!(began.elapsed() < Duration::from_secs(30));
    for device in ["fixture:traps-in-initialize", "fixture:sleeps-in-initialize"] {
        let good = answer(&host.client().await, bell(device, device, &[])).await;
        assert_eq!(good.counts, [("00".to_owned(), i64::from(SHOTS))].into());
    }
}
