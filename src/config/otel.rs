//! The standard variables of OpenTelemetry, as far as they concern traces
//! (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>).
//!
//! Owns which of them are heeded. Where a variable for traces and a general one are both set, the first
//! holds. Headers, the service's name and attributes of the resource are read where they are used, since
//! headers hold secrets and none of them is a key of ours.

use std::time::Duration;

use super::{
    Config,
    environment::Origin,
    problem::{Problem, Source},
    tree::{KeyPath, printable},
    units::Ratio,
};

const SECTION: &str = "telemetry.traces";
const DISABLED: &str = "OTEL_SDK_DISABLED";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const ENDPOINT: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const PROTOCOL: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const TIMEOUT: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
const QUEUE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
const BATCH: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
const INTERVAL: &str = "OTEL_BSP_SCHEDULE_DELAY";

/// Applies the variables that are set. Gives the keys that now hold a variable's value.
pub(super) fn apply(
    config: &mut Config,
    env: &impl Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) -> Vec<Origin> {
    let get = |name: &str| env(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, get(name)?)));
    let mut origins = Vec::new();
    let mut origin = |key: &str, name| origins.push((KeyPath::dotted(SECTION).then(key), name));
    let mut refuse = |variable, key: &str, text: &str, allowed: &str| {
        problems.push(Problem {
            source: Source::Environment(variable),
            key: format!("{SECTION}.{key}"),
            problem: format!("`{}` is no such value", printable(text)),
            allowed: Some(allowed.to_owned()),
            suggestion: None,
        });
    };
    let traces = &mut config.telemetry.traces;

    if let Some((name, endpoint)) = first(ENDPOINT) {
        traces.endpoint = Some(endpoint);
        origin("endpoint", name);
        if let Some((name, protocol)) = first(PROTOCOL).filter(|(_, protocol)| protocol != "grpc") {
            refuse(name, "endpoint", &protocol, "grpc");
        }
    }
    match get(EXPORTER).as_deref() {
        None | Some("otlp") => {}
        Some("none") => traces.endpoint = None,
        Some(other) => refuse(EXPORTER, "endpoint", other, "otlp or none"),
    }
    if get(DISABLED).is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        traces.endpoint = None;
    }
    let milliseconds = |text: &str| text.parse().ok().map(Duration::from_millis);
    if let Some((name, text)) = first(TIMEOUT) {
        match milliseconds(&text) {
            Some(timeout) => {
                traces.timeout = timeout;
                origin("timeout", name);
            }
            None => refuse(name, "timeout", &text, "whole milliseconds"),
        }
    }
    if let Some(text) = get(INTERVAL) {
        match milliseconds(&text) {
            Some(interval) => {
                traces.interval = interval;
                origin("interval", INTERVAL);
            }
            None => refuse(INTERVAL, "interval", &text, "whole milliseconds"),
        }
    }
    for (name, key, value) in [(QUEUE, "queue", &mut traces.queue), (BATCH, "batch", &mut traces.batch)] {
        let Some(text) = get(name) else { continue };
        match text.parse() {
            Ok(number) => {
                *value = number;
                origin(key, name);
            }
            Err(_) => refuse(name, key, &text, "a whole number"),
        }
    }
    if let Some(name) = get(SAMPLER) {
        let root = name.strip_prefix("parentbased_");
        let argument = get(SAMPLER_ARG);
        let share = match root.unwrap_or(&name) {
            "always_on" => Some(Ratio::ALL),
            "always_off" => Some(Ratio::NONE),
            "traceidratio" => argument.map_or(Some(Ratio::ALL), |text| Ratio::new(text.parse().ok()?)),
            _ => None,
        };
        match share {
            Some(share) => {
                (traces.sampling, traces.follow_caller) = (share, root.is_some());
                origin("sampling", SAMPLER);
            }
            None => refuse(
                SAMPLER,
                "sampling",
                &name,
                "always_on, always_off or traceidratio, also with parentbased_ before it; and a share from 0 to 1 in \
                 OTEL_TRACES_SAMPLER_ARG",
            ),
        }
    }
    origins
}
