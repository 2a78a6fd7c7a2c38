//! Nothing shipped asks for what does not exist, and nobody is woken without being told what to do.

use std::collections::BTreeSet;

use crate::busy::{busy, families, samples};
use crate::shipped::{NAMING, metrics, named, text};

#[tokio::test]
async fn every_metric_that_is_named_exists_on_a_real_host() {
    let host = busy().await;
    let mut missing = BTreeSet::new();
    let (_, page) = host.http_get("/metrics").await;
    let there: BTreeSet<_> = samples(&page).union(&families(&page)).cloned().collect();
    for file in NAMING {
        let named = metrics(&text(file));
        assert!(!named.is_empty(), "{file} names no metric");
        missing.extend(named.difference(&there).map(|name| format!("{file}: {name}")));
    }
    assert!(missing.is_empty(), "{missing:#?}\n{page}");
}

#[test]
fn every_recorded_series_that_is_asked_for_is_recorded() {
    let recorded = text("deploy/observability/rules/recording.yml");
    let recorded: BTreeSet<_> = named(&recorded, "record").into_iter().collect();
    assert!(recorded.len() > 5);
    for file in NAMING {
        let text = text(file);
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
        for word in words.filter(|word| word.contains(":eigen_")) {
            assert!(recorded.contains(word), "{file} asks for {word}, which nothing records");
        }
    }
}

#[test]
fn every_alert_has_a_test_and_an_entry_in_the_runbook() {
    let alerts = text("deploy/observability/rules/alerts.yml");
    let (tests, runbook) = (text("deploy/observability/rules/tests.yml"), text("docs/runbook.md"));
    let alerts = named(&alerts, "alert");
    assert!(alerts.len() > 10);
    for alert in &alerts {
        assert!(tests.contains(&format!("alertname: {alert}\n")), "{alert} is not tested");
        let entry = runbook.split_once(&format!("\n## {alert}\n"));
        let entry = entry.unwrap_or_else(|| panic!("{alert} is not in the runbook")).1;
        let entry = entry.split("\n## ").next().unwrap_or_default();
        for part in ["**Means:**", "**Look:**", "**Do:**"] {
            assert!(entry.contains(part), "{alert} has no {part} in the runbook");
        }
    }
    let entries = runbook.lines().filter_map(|line| line.strip_prefix("## DriverManager"));
    for entry in entries {
        assert!(alerts.iter().any(|alert| alert.ends_with(entry)), "no alert DriverManager{entry}");
    }
}

#[test]
fn every_panel_asks_something_and_no_two_overlap() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&text("deploy/observability/grafana/driver-manager.json")).unwrap();
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(x < 24 && taken.insert((x, y)), "{} overlaps", panel["title"]);
            }
        }
        let asks = panel["targets"].as_array().is_some_and(|targets| !targets.is_empty());
        assert!(panel["type"] == "row" || asks, "{} asks nothing", panel["title"]);
    }
}
