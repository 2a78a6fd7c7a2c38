//! `promtool`, Prometheus's own judge of metrics, rules and configs.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use crate::busy::busy;
use crate::shipped::path;
use crate::support::program::{Finished, feed, finish};

fn promtool(arguments: &[&str]) -> Command {
    let mut command = Command::new("promtool");
    command.args(arguments).current_dir(path("deploy/observability")).stdin(Stdio::null());
    command
}

/// What `promtool` says if all is well; panics with all of it otherwise.
async fn approved(arguments: &[&str]) -> Finished {
    let finished = finish(&mut promtool(arguments)).await;
    finished.exits(0);
    finished
}

#[tokio::test]
async fn the_scrape_config_and_the_rules_are_valid() {
    approved(&["check", "config", "prometheus.yml"]).await;
    approved(&["check", "rules", "rules/recording.yml", "rules/alerts.yml"]).await;
}

#[tokio::test]
async fn alerts_fire_when_they_should_and_only_then() {
    let finished = approved(&["test", "rules", "rules/tests.yml"]).await;
    assert!(finished.stdout.contains("SUCCESS"), "{finished:?}");
}

#[tokio::test]
async fn names_and_texts_of_metrics_are_as_prometheus_wants_them() {
    let host = busy().await;
    let (_, page) = host.http_get("/metrics").await;
    // It stops reading at the end of the page; a pipe of a test holds 64 KiB, so it gets one family at a time.
    for family in split(&classic(&page)) {
        let finished = feed(&mut promtool(&["check", "metrics"]), family.as_bytes()).await;
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{family}");
    }
}

/// A page of OpenMetrics in the older text format, which is the one that `promtool check metrics` reads: names
/// and types of counters and infos with their suffix, and without units and exemplars.
fn classic(page: &str) -> String {
    let kinds: BTreeMap<&str, &str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    assert!(kinds.len() > 10, "{page}");
    let suffixed = |name: &str| match kinds[name] {
        "counter" => format!("{name}_total"),
        "info" => format!("{name}_info"),
        _ => name.to_owned(),
    };
    let line = |line: &str| {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            return Some(format!("# HELP {} {help}\n", suffixed(name)));
        }
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let kind = if kind == "info" { "gauge" } else { kind };
            return Some(format!("# TYPE {} {kind}\n", suffixed(name)));
        }
        let sample = line.split(" # ").next().filter(|_| !line.starts_with('#'))?;
        Some(format!("{sample}\n"))
    };
    page.lines().filter_map(line).collect()
}

/// One text a family.
fn split(page: &str) -> Vec<String> {
    let parts = page.split("# HELP ").skip(1).map(|part| format!("# HELP {part}"));
    parts.collect()
}
