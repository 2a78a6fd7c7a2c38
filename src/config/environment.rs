//! The few settings that the environment may override, for containers and one-off runs.
//!
//! Owns the names of the variables. The invariant: a wrong value is reported like one in the file, naming
//! the variable; an empty variable counts as not set.

use std::net::SocketAddr;

use super::{
    AdminBind, Config,
    problem::{Problem, Source},
    tree::{KeyPath, printable},
    units::Unit,
};

/// Overrides `grpc.bind`.
pub const GRPC_BIND: &str = "DRIVER_MANAGER_GRPC_BIND";
/// Overrides the port of `http.bind`.
pub const METRICS_PORT: &str = "DRIVER_MANAGER_METRICS_PORT";
/// Overrides `admin.bind`.
pub const ADMIN_BIND: &str = "DRIVER_MANAGER_ADMIN_BIND";
/// Overrides `log.level`.
pub const LOG_LEVEL: &str = "DRIVER_MANAGER_LOG_LEVEL";

/// A key whose value came from the environment.
pub(super) type Origin = (KeyPath, &'static str);

/// Applies the variables that are set. Gives the keys that now hold a variable's value.
pub(super) fn apply(
    config: &mut Config,
    env: &impl Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) -> Vec<Origin> {
    let get = |name: &str| env(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut origins = Vec::new();
    let mut refuse = |variable, key: &str, problem: String, allowed: &str| {
        problems.push(Problem {
            source: Source::Environment(variable),
            key: key.to_owned(),
            problem,
            allowed: Some(allowed.to_owned()),
            suggestion: None,
        });
    };

    if let Some(text) = get(GRPC_BIND) {
        if let Ok(bind) = SocketAddr::parse(&text) {
            config.grpc.bind = bind;
            origins.push((KeyPath::dotted("grpc.bind"), GRPC_BIND));
        } else {
            let problem = format!("`{}` is no socket address", printable(&text));
            refuse(GRPC_BIND, "grpc.bind", problem, SocketAddr::ALLOWED);
        }
    }
    if let Some(text) = get(METRICS_PORT) {
        if let Ok(port) = text.parse() {
            config.http.bind.set_port(port);
            origins.push((KeyPath::dotted("http.bind"), METRICS_PORT));
        } else {
            let problem = format!("`{}` is no port", printable(&text));
            refuse(METRICS_PORT, "http.bind", problem, "a whole number, 0 to 65535");
        }
    }
    if let Some(text) = get(ADMIN_BIND) {
        match AdminBind::parse(&text) {
            Ok(bind) => {
                config.admin.bind = Some(bind);
                origins.push((KeyPath::dotted("admin.bind"), ADMIN_BIND));
            }
            Err(problem) => refuse(ADMIN_BIND, "admin.bind", printable(&problem), AdminBind::ALLOWED),
        }
    }
    if let Some(text) = get(LOG_LEVEL) {
        config.log.level = text;
        origins.push((KeyPath::dotted("log.level"), LOG_LEVEL));
    }
    origins
}
