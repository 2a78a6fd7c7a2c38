//! Where traces go, and which.
//!
//! Owns names, defaults and ranges. The standard variables of OpenTelemetry override these keys (`otel`).

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Config,
    check::Rules,
    tree::{KeyPath, printable},
    units::{self, Ratio},
};

/// What the host tells systems that ask for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Traces of requests.
    pub traces: Traces,
}

/// Traces, sent over OTLP (gRPC).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traces {
    /// The collector. `None`: there are no traces.
    pub endpoint: Option<String>,
    /// How many of the traces that start here are recorded.
    #[serde(with = "units::text")]
    pub sampling: Ratio,
    /// Whether a caller's own decision holds for its trace.
    pub follow_caller: bool,
    /// Spans that wait to be sent; more are dropped.
    pub queue: usize,
    /// Spans sent at once.
    pub batch: usize,
    /// How often what has gathered is sent.
    #[serde(with = "units::text")]
    pub interval: Duration,
    /// How long the collector may take to answer.
    #[serde(with = "units::text")]
    pub timeout: Duration,
    /// How long the end of the process waits for the last spans to be sent.
    #[serde(with = "units::text")]
    pub flush_timeout: Duration,
    /// Headers to the collector: name of the header, name of a secret.
    pub headers: BTreeMap<String, String>,
}

impl Default for Traces {
    fn default() -> Self {
        Self {
            endpoint: None,
            sampling: Ratio::ALL,
            follow_caller: true,
            queue: 2048,
            batch: 512,
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            flush_timeout: Duration::from_secs(2),
            headers: BTreeMap::new(),
        }
    }
}

/// The rules of this section.
pub(super) fn check(config: &Config, rules: &mut Rules) {
    let key = |name: &str| KeyPath::dotted("telemetry.traces").then(name);
    let traces = &config.telemetry.traces;
    if let Some(endpoint) = traces.endpoint.as_ref().filter(|endpoint| !is_endpoint(endpoint)) {
        // What stands before an `@` may be a password.
        let shown = printable(endpoint.rsplit('@').next().unwrap_or_default());
        let allowed = "`http://HOST:PORT` or `https://HOST:PORT`, without user or path".to_owned();
        rules.broken(key("endpoint"), vec![], format!("`{shown}` is no collector's address"), allowed);
    }
    rules.within(key("queue"), traces.queue, 1..=1_000_000);
    rules.within(key("batch"), traces.batch, 1..=100_000);
    rules.ordered((key("batch"), traces.batch), (key("queue"), traces.queue));
    rules.within(key("interval"), traces.interval, Duration::from_millis(10)..=Duration::from_mins(10));
    rules.within(key("timeout"), traces.timeout, Duration::from_millis(10)..=Duration::from_mins(1));
    rules.within(key("flush_timeout"), traces.flush_timeout, Duration::ZERO..=Duration::from_mins(1));
    for (header, secret) in &traces.headers {
        if http::HeaderName::from_bytes(header.as_bytes()).is_err() || header.ends_with("-bin") {
            let problem = format!("`{}` is no header's name", printable(header));
            rules.broken(key("headers"), vec![], problem, "such as `authorization`".to_owned());
        }
        if !config.secrets.contains_key(secret) {
            let problem = format!("there is no secret `{}`", printable(secret));
            let secrets = vec![KeyPath::dotted("secrets")];
            rules.broken(key("headers"), secrets, problem, "a name in `secrets`".to_owned());
        }
    }
}

fn is_endpoint(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    plain && matches!(uri.scheme_str(), Some("http" | "https")) && matches!(uri.path(), "" | "/")
}
