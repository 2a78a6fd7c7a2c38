//! What the types cannot say: ranges, and keys that must agree.
//!
//! Owns the rules across keys. The invariant: a rule names every key it compares, so that a mistake is
//! shown where it was written, be that in the file or in the environment, and so that a rule is skipped
//! when one of its keys was unreadable.

use std::{ops::RangeInclusive, path::Path, time::Duration};

use tracing_subscriber::EnvFilter;

use super::{
    Config, DriverConfig, DriverLimits, MemoryShare, TrustPolicy, cache,
    drivers::is_driver_name,
    egress,
    environment::Origin,
    health,
    problem::{Problem, Source, closest},
    python, resilience, telemetry,
    tree::{KeyPath, Node, printable},
    units::{ByteSize, FuelBudget, Percent, Unit},
};

/// Linear memory of a 32-bit guest ends here.
const MAX_GUEST_MEMORY: ByteSize = ByteSize::mib(4096);
/// The gRPC frame's length would allow 4 GiB; the protobuf library stops at 2.
const MAX_MESSAGE: ByteSize = ByteSize::mib(1024);
/// No timer of ours is longer.
pub(super) const MAX_DURATION: Duration = Duration::from_hours(30 * 24);
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// A rule that is broken.
#[derive(Debug)]
pub(super) struct Finding {
    key: KeyPath,
    others: Vec<KeyPath>,
    problem: String,
    allowed: String,
    suggestion: Option<String>,
}

impl Finding {
    /// The keys that the rule compares.
    pub(super) fn keys(&self) -> impl Iterator<Item = &KeyPath> {
        std::iter::once(&self.key).chain(&self.others)
    }

    /// The finding as a problem, at the first of its keys that someone wrote.
    pub(super) fn locate(self, tree: &Node, file: &Path, origins: &[Origin]) -> Problem {
        let variable = |key: &KeyPath| origins.iter().find(|(path, _)| path == key).map(|(_, name)| *name);
        let in_file = |at| Source::File { path: file.to_owned(), at };
        let written = self.keys().find_map(|key| {
            let at = || tree.locate(key).map(|at| in_file(Some(at)));
            variable(key).map(Source::Environment).or_else(at)
        });
        Problem {
            source: written.unwrap_or_else(|| in_file(None)),
            key: self.key.to_string(),
            problem: self.problem,
            allowed: Some(self.allowed),
            suggestion: self.suggestion,
        }
    }
}

/// Every rule that the configuration breaks.
pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut rules = Rules::default();
    edges(config, &mut rules);
    log_level(config, &mut rules);
    circuits_and_deadlines(config, &mut rules);
    wasm(config, &mut rules);
    resilience::check(config, &mut rules);
    cache::check(&config.cache, &mut rules);
    health::check(config, &mut rules);
    egress::check(config, &mut rules);
    python::check(config, &mut rules);
    telemetry::check(config, &mut rules);
    let defaults = KeyPath::dotted("driver_defaults");
    limits(config, &config.driver_defaults, |name| defaults.then(name), &mut rules);
    drivers(config, &mut rules);
    plugins(config, &mut rules);
    rules.findings
}

/// What is wrong with limits that come from elsewhere than the configuration, such as a plugin's manifest.
pub(super) fn problems_of(config: &Config, asked: &DriverLimits) -> Vec<String> {
    let mut rules = Rules::default();
    limits(config, asked, |name| KeyPath::dotted("limits").then(name), &mut rules);
    let shown =
        |finding: Finding| format!("{}: {}; allowed: {}", finding.key, finding.problem, finding.allowed);
    rules.findings.into_iter().map(shown).collect()
}

/// Sentences for the log at start.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if !config.grpc.bind.ip().is_loopback() {
        warnings.push(format!(
            "grpc.bind is {}: whoever reaches this address can run circuits, and what they send is not encrypted",
            config.grpc.bind
        ));
    }
    if !config.http.bind.ip().is_loopback() {
        warnings.push(format!(
            "http.bind is {}: metrics, health and the console are open to other machines",
            config.http.bind
        ));
    }
    for (directory, policy) in &config.plugins.trust.directories {
        if *policy == TrustPolicy::None {
            warnings.push(format!(
                "plugins.trust: whoever can write to {} decides what runs here, nothing there is verified",
                directory.display()
            ));
        }
    }
    if config.plugins.trust.default == TrustPolicy::None {
        warnings.push("plugins.trust.default is `none`: drivers run unverified".to_owned());
    }
    for (name, driver) in &config.drivers {
        if driver.enabled && driver.settings.get("fault_injection").is_some_and(|value| value == "true") {
            warnings.push(format!("drivers.{name}: fault injection is on; callers can ask for errors"));
        }
    }
    warnings
}

/// Collects what is broken; each method is one kind of rule.
#[derive(Default)]
pub(super) struct Rules {
    findings: Vec<Finding>,
}

impl Rules {
    pub(super) fn broken(&mut self, key: KeyPath, others: Vec<KeyPath>, problem: String, allowed: String) {
        self.findings.push(Finding { key, others, problem, allowed, suggestion: None });
    }

    pub(super) fn within<T: Copy + PartialOrd + Shown>(
        &mut self,
        key: KeyPath,
        value: T,
        range: RangeInclusive<T>,
    ) {
        if !range.contains(&value) {
            let allowed = format!("{} to {}", range.start().shown(), range.end().shown());
            self.broken(key, vec![], format!("{} is out of range", value.shown()), allowed);
        }
    }

    /// Keeps of `found` what concerns a key under `path`.
    pub(super) fn take_those_about(&mut self, path: &KeyPath, found: Self) {
        let about = |finding: &Finding| finding.keys().any(|key| key.overlaps(path));
        self.findings.extend(found.findings.into_iter().filter(about));
    }

    /// The first of two keys must not have the larger value.
    pub(super) fn ordered<T: Copy + PartialOrd + Shown>(&mut self, low: (KeyPath, T), high: (KeyPath, T)) {
        let ((key, value), (other, bound)) = (low, high);
        if value > bound {
            let problem = format!("{} is more than `{other}`", value.shown());
            let allowed = format!("at most {}, or a larger `{other}`", bound.shown());
            self.broken(key, vec![other], problem, allowed);
        }
    }

    /// `value` must not exceed the value of another key.
    fn at_most<T: Copy + PartialOrd + Shown>(&mut self, key: KeyPath, value: T, other: &str, bound: T) {
        if value > bound {
            let problem = format!("{} is more than `{other}` allows", value.shown());
            let allowed = format!("at most {}, or a larger `{other}`", bound.shown());
            self.broken(key, vec![KeyPath::dotted(other)], problem, allowed);
        }
    }
}

/// How a value looks in a message.
pub(super) trait Shown {
    fn shown(&self) -> String;
}

macro_rules! shown {
    ($($type:ty => $how:expr),+ $(,)?) => {
        $(impl Shown for $type { fn shown(&self) -> String { $how(self) } })+
    };
}

shown! {
    u32 => ToString::to_string,
    u64 => ToString::to_string,
    usize => ToString::to_string,
    Duration => Unit::render,
    ByteSize => Unit::render,
    Percent => Unit::render,
}

fn edges(config: &Config, rules: &mut Rules) {
    let console = &config.http.console;
    let key = |name| KeyPath::dotted("http.console").then(name);
    rules.within(key("history"), console.history, Duration::from_secs(10)..=Duration::from_hours(1));
    rules.within(key("rows"), console.rows, 1..=10_000);
    rules.within(key("events"), console.events, 1..=10_000);
    let (grpc, http) = (&config.grpc, &config.http);
    let key = |name: &str| KeyPath::dotted("grpc").then(name);

    if !grpc.bind.ip().is_loopback() && !grpc.allow_remote_plaintext {
        rules.broken(
            key("bind"),
            vec![key("allow_remote_plaintext")],
            format!("{} is open to other machines, in plain text", grpc.bind),
            "a loopback address, or `grpc.allow_remote_plaintext: true` to accept that".to_owned(),
        );
    }
    if grpc.bind == http.bind && grpc.bind.port() != 0 {
        let (problem, allowed) =
            (format!("{} is taken by `grpc.bind`", http.bind), "another port".to_owned());
        rules.broken(KeyPath::dotted("http.bind"), vec![key("bind")], problem, allowed);
    }

    let sizes = ByteSize::kib(1)..=MAX_MESSAGE;
    rules.within(key("max_payload"), grpc.max_payload, sizes.clone());
    rules.within(key("max_response"), grpc.max_response, sizes.clone());
    rules.within(key("max_message"), grpc.max_message, sizes);
    for (name, size) in [("max_payload", grpc.max_payload), ("max_response", grpc.max_response)] {
        if grpc.max_message <= size {
            rules.broken(
                key("max_message"),
                vec![key(name)],
                format!("{} leaves no room above `grpc.{name}`", grpc.max_message),
                format!("more than {size}"),
            );
        }
    }
    rules.within(key("max_header_list"), grpc.max_header_list, ByteSize::kib(1)..=ByteSize::mib(16));
    rules.within(key("max_concurrent_streams"), grpc.max_concurrent_streams, 1..=1_000_000);
    rules.within(key("max_in_flight"), grpc.max_in_flight, 1..=1_000_000);
    let keepalive = Duration::from_secs(1)..=Duration::from_hours(24);
    rules.within(key("keepalive_interval"), grpc.keepalive_interval, keepalive.clone());
    rules.within(key("keepalive_timeout"), grpc.keepalive_timeout, keepalive);
    rules.within(key("drain_timeout"), grpc.drain_timeout, Duration::ZERO..=MAX_DURATION);
    rules.within(KeyPath::dotted("http.max_connections"), http.max_connections, 1..=100_000);
    let silence = Duration::from_millis(10)..=Duration::from_hours(1);
    rules.within(KeyPath::dotted("http.header_timeout"), http.header_timeout, silence);
}

/// A bare word that is no level would be taken for a target's name, and turn everything else off.
fn log_level(config: &Config, rules: &mut Rules) {
    if let Some((problem, suggestion)) = wrong_level(&config.log.level) {
        let key = KeyPath::dotted("log.level");
        let allowed = allowed_levels();
        rules.findings.push(Finding { key, others: vec![], problem, allowed, suggestion });
    }
}

fn allowed_levels() -> String {
    format!("{}, or directives such as `info,driver_manager::guest=debug`", LEVELS.join(", "))
}

/// What is wrong with a log level, or with directives, as a sentence; `None` if they can be had.
pub(super) fn problem_of_level(level: &str) -> Option<String> {
    wrong_level(level).map(|(problem, _)| format!("{problem}; allowed: {}", allowed_levels()))
}

/// The problem, and the level that may have been meant.
fn wrong_level(level: &str) -> Option<(String, Option<String>)> {
    let level = level.trim();
    let bare = |directive: &str| directive.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let known = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    let stray = level.split(',').map(str::trim).find(|directive| bare(directive) && !known(directive));
    let problem = match (stray, EnvFilter::builder().parse(level)) {
        (Some(word), _) => format!("unknown level `{}`", printable(word)),
        (None, Err(error)) => format!("`{}` is no filter: {error}", printable(level)),
        (None, Ok(_)) => return None,
    };
    Some((problem, stray.and_then(|word| closest(word, LEVELS)).map(str::to_owned)))
}

fn circuits_and_deadlines(config: &Config, rules: &mut Rules) {
    let circuits = &config.circuits;
    let key = |name: &str| KeyPath::dotted("circuits").then(name);
    rules.within(key("max_qubits"), circuits.max_qubits, 1..=1_000_000);
    rules.within(key("max_classical_bits"), circuits.max_classical_bits, 1..=1_000_000);
    rules.within(key("max_operations"), circuits.max_operations, 1..=1_000_000_000);
    rules.within(key("max_tokens"), circuits.max_tokens, 1..=1_000_000_000);
    rules.within(key("max_reading"), circuits.max_reading, 1..=1024);
    rules.within(key("max_work"), circuits.max_work, 1..=100_000_000_000);
    rules.within(key("max_read_time"), circuits.max_read_time, Duration::from_millis(1)..=MAX_DURATION);
    rules.within(key("max_nesting"), circuits.max_nesting, 1..=512);
    // Shots are an int32 on the wire.
    rules.within(key("max_shots"), circuits.max_shots, 1..=2_147_483_647);

    let deadlines = &config.deadlines;
    let key = |name: &str| KeyPath::dotted("deadlines").then(name);
    let shortest = Duration::from_millis(1);
    rules.within(key("longest"), deadlines.longest, shortest..=MAX_DURATION);
    for (name, deadline) in [
        ("simulator", deadlines.simulator),
        ("queued", deadlines.queued),
        ("status", deadlines.status),
        ("calibrate", deadlines.calibrate),
    ] {
        rules.within(key(name), deadline, shortest..=MAX_DURATION);
        rules.at_most(key(name), deadline, "deadlines.longest", deadlines.longest);
    }
}

fn wasm(config: &Config, rules: &mut Rules) {
    let wasm = &config.wasm;
    let key = |name: &str| KeyPath::dotted("wasm").then(name);
    for (name, folder) in [("cache_dir", &wasm.cache_dir), ("state_dir", &wasm.state_dir)] {
        if folder.as_ref().is_some_and(|folder| folder.as_os_str().is_empty()) {
            rules.broken(
                key(name),
                vec![],
                "the path is empty".to_owned(),
                "a folder, or no such key".to_owned(),
            );
        }
    }
    if let Some(threads) = wasm.guest_threads {
        rules.within(key("guest_threads"), threads, 1..=1024);
    }
    match wasm.guest_memory_total {
        MemoryShare::Bytes(size) => {
            rules.within(key("guest_memory_total"), size, ByteSize::mib(1)..=ByteSize::mib(64 << 20));
        }
        MemoryShare::Percent(share) => {
            rules.within(key("guest_memory_total"), share, Percent(1)..=Percent(100));
        }
    }
    rules.within(key("compile_timeout"), wasm.compile_timeout, Duration::from_millis(1)..=MAX_DURATION);
    rules.within(key("compile_threads"), wasm.compile_threads, 1..=256);
    rules.within(key("max_cache"), wasm.max_cache, ByteSize::mib(1)..=ByteSize::mib(1 << 20));
    rules.within(key("max_component"), wasm.max_component, ByteSize::kib(1)..=ByteSize::mib(1024));
    rules.within(key("time_slice"), wasm.time_slice, Duration::from_micros(100)..=Duration::from_secs(1));
    rules.within(key("fuel_yield_interval"), wasm.fuel_yield_interval, 1_000..=1_000_000_000);
    // The stack that the host gives a guest's fiber is 2 MiB, and the host's own calls need some of it.
    rules.within(key("stack"), wasm.stack, ByteSize::kib(64)..=ByteSize::kib(1536));

    let pool = &wasm.pool;
    for (name, count, most) in [
        ("component_instances", pool.component_instances, 100_000),
        ("core_instances", pool.core_instances, 100_000),
        ("memories", pool.memories, 10_000),
        ("tables", pool.tables, 100_000),
        ("table_elements", pool.table_elements, 10_000_000),
        ("core_instances_per_component", pool.core_instances_per_component, 10_000),
    ] {
        rules.within(key("pool").then(name), count, 1..=most);
    }
    let most = pool.core_instances;
    let of_component = key("pool.core_instances_per_component");
    rules.at_most(of_component, pool.core_instances_per_component, "wasm.pool.core_instances", most);
}

/// The limits of one driver, or the defaults. `key` gives the key that a limit comes from.
fn limits(config: &Config, limits: &DriverLimits, key: impl Fn(&str) -> KeyPath, rules: &mut Rules) {
    rules.within(key("memory"), limits.memory, ByteSize::kib(64)..=MAX_GUEST_MEMORY);
    if let MemoryShare::Bytes(total) = config.wasm.guest_memory_total {
        rules.at_most(key("memory"), limits.memory, "wasm.guest_memory_total", total);
    }
    if let FuelBudget::Units(units) = limits.fuel {
        rules.within(key("fuel"), units, 1..=u64::MAX / 2);
    }
    let pool = &config.wasm.pool;
    for (name, count, pool_name, slots) in [
        ("table_elements", limits.table_elements, "table_elements", pool.table_elements),
        ("tables", limits.tables, "tables", pool.tables),
        ("memories", limits.memories, "memories", pool.memories),
        (
            "core_instances",
            limits.core_instances,
            "core_instances_per_component",
            pool.core_instances_per_component,
        ),
        ("instances", limits.instances, "component_instances", pool.component_instances),
    ] {
        rules.within(key(name), count, 1..=usize::MAX);
        rules.at_most(key(name), count, &format!("wasm.pool.{pool_name}"), slots as usize);
    }
    rules.within(key("handles"), limits.handles, 1..=1_000_000);
    rules.within(key("host_calls"), limits.host_calls, ByteSize::kib(64)..=MAX_GUEST_MEMORY);
    rules.within(key("log_line"), limits.log_line, ByteSize(64)..=ByteSize::mib(1));
    rules.within(key("log_rate"), limits.log_rate, ByteSize(64)..=ByteSize::mib(64));
    if limits.log_line > limits.log_rate {
        rules.broken(
            key("log_line"),
            vec![key("log_rate")],
            format!("a line of {} would never fit the `log_rate` of {}", limits.log_line, limits.log_rate),
            format!("at most {}, or a larger `log_rate`", limits.log_rate),
        );
    }
    rules.within(key("outbound_requests"), limits.outbound_requests, 1..=1_000_000);
    rules.within(key("outbound_bytes"), limits.outbound_bytes, ByteSize::kib(1)..=ByteSize::mib(4095));
    rules.within(key("metadata"), limits.metadata, ByteSize(0)..=ByteSize::mib(16));
    rules.within(key("idle_timeout"), limits.idle_timeout, Duration::ZERO..=MAX_DURATION);
    rules.ordered((key("min_idle"), limits.min_idle), (key("instances"), limits.instances));
    rules.within(key("max_lifetime"), limits.max_lifetime, Duration::from_millis(100)..=MAX_DURATION);
    rules.within(key("health_interval"), limits.health_interval, Duration::ZERO..=MAX_DURATION);
    let wait = Duration::from_millis(1)..=MAX_DURATION;
    rules.within(key("acquire_timeout"), limits.acquire_timeout, wait.clone());
    rules.within(key("initialize_timeout"), limits.initialize_timeout, wait);
    rules.within(key("retire_above"), limits.retire_above, Percent(1)..=Percent(100));
}

fn drivers(config: &Config, rules: &mut Rules) {
    let (all, defaults) = (KeyPath::dotted("drivers"), KeyPath::dotted("driver_defaults"));
    for (name, driver) in &config.drivers {
        let path = all.key(name);
        if !is_driver_name(name) {
            let problem = format!("`{}` is no driver name", printable(name));
            let allowed = "1 to 64 of the characters `a` to `z`, `0` to `9` and `-`".to_owned();
            rules.broken(path.clone(), vec![], problem, allowed);
        }
        if driver.component.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            let allowed = "the component's file, or no such key".to_owned();
            rules.broken(path.then("component"), vec![], "the path is empty".to_owned(), allowed);
        }
        trust_and_trial(&path, driver, rules);
        // Limits that the driver inherits were checked as defaults; here only what it sets itself counts.
        let mut own = Rules::default();
        let resolved = driver.limits.resolve(&config.driver_defaults);
        let source = |name: &str| {
            if driver.limits.sets(name) { path.then("limits").then(name) } else { defaults.then(name) }
        };
        limits(config, &resolved, source, &mut own);
        rules.take_those_about(&path, own);
    }
}

fn plugins(config: &Config, rules: &mut Rules) {
    let directories = &config.plugins.directories;
    let key = KeyPath::dotted("plugins.directories");
    if directories.len() > 64 {
        let problem = format!("{} folders are too many", directories.len());
        rules.broken(key.clone(), vec![], problem, "at most 64".to_owned());
    }
    for (index, directory) in directories.iter().enumerate() {
        let problem = match directories.iter().position(|other| other == directory) {
            _ if directory.as_os_str().is_empty() => "the path is empty".to_owned(),
            Some(first) if first < index => {
                format!("`{}` is given twice", printable(&directory.to_string_lossy()))
            }
            _ => continue,
        };
        rules.broken(key.index(index), vec![], problem, "folders, each once".to_owned());
    }
    let plugins = &config.plugins;
    let key = |name: &str| KeyPath::dotted("plugins").then(name);
    let wait = Duration::from_millis(1)..=MAX_DURATION;
    rules.within(key("poll_interval"), plugins.poll_interval, Duration::from_millis(10)..=MAX_DURATION);
    rules.within(key("settle"), plugins.settle, wait.clone());
    rules.within(key("removal_grace"), plugins.removal_grace, wait.clone());
    rules.within(key("drain_timeout"), plugins.drain_timeout, Duration::ZERO..=MAX_DURATION);
    rules.within(key("probe_timeout"), plugins.probe_timeout, wait);
    rules.within(key("max_plugins"), plugins.max_plugins, 1..=100_000);
    rules.within(key("max_manifest"), plugins.max_manifest, ByteSize::kib(1)..=ByteSize::mib(16));
    rules.within(key("max_events"), plugins.max_events, 1..=1_000_000);
    rules.within(KeyPath::dotted("admin.max_in_flight"), config.admin.max_in_flight, 1..=100_000);
    for directory in plugins.trust.directories.keys().filter(|path| !directories.contains(path)) {
        let name = directory.to_string_lossy();
        rules.broken(
            key("trust").then("directories").key(&name),
            vec![key("directories")],
            format!("`{}` is none of `plugins.directories`", printable(&name)),
            "one of the folders there, written the same way".to_owned(),
        );
    }
}

/// What a driver must show, and how a replacement is tried.
fn trust_and_trial(path: &KeyPath, driver: &DriverConfig, rules: &mut Rules) {
    if driver.trust == Some(TrustPolicy::Digest) && driver.digests.is_empty() {
        rules.broken(
            path.then("trust"),
            vec![path.then("digests")],
            "no digest is allowed, so nothing can run".to_owned(),
            "`digests` with at least one entry beside it".to_owned(),
        );
    }
    let Some(canary) = &driver.canary else { return };
    let key = |name: &str| path.then("canary").then(name);
    rules.within(key("share"), canary.share, Percent(1)..=Percent(100));
    rules.within(key("requests"), canary.requests, 1..=1_000_000_000);
    rules.within(key("max_latency_ratio"), canary.max_latency_ratio, 0..=1_000_000);
    rules.within(key("timeout"), canary.timeout, Duration::from_secs(1)..=MAX_DURATION);
}
