//! The hostile drivers: their components, what is expected of each, and the host that has them all.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::Code;

use crate::support::guests::fixture;
use crate::support::host::{Host, new_folder};

const HEAD: &[u8] = b"hostile-word:";
const ROOM: usize = 20;

/// What becomes of a driver.
pub enum After {
    /// It is not in service.
    NotLoaded,
    /// It is, and a request ends in one of these.
    Answers(&'static [Code]),
}

use After::{Answers, NotLoaded};

const OK: After = Answers(&[Code::Ok]);
const BROKEN: After = Answers(&[Code::Internal]);
const LATE: After = Answers(&[Code::DeadlineExceeded, Code::FailedPrecondition]);
const SLOW: After = Answers(&[Code::Ok, Code::DeadlineExceeded, Code::FailedPrecondition]);
const FULL: After = Answers(&[Code::ResourceExhausted, Code::Internal, Code::FailedPrecondition]);

/// Hostile before they serve.
pub const BEFORE: &[(&str, After)] = &[
    ("handshake-loop", NotLoaded),
    ("handshake-nameless", NotLoaded),
    ("handshake-huge", NotLoaded),
    ("handshake-control", NotLoaded),
    ("handshake-features", NotLoaded),
    ("init-loop", NotLoaded),
    ("init-memory", NotLoaded),
    ("init-sleep", NotLoaded),
    ("init-panic", NotLoaded),
    ("health-loop", NotLoaded),
    ("health-sleep", NotLoaded),
    ("devices-none", NotLoaded),
    ("devices-foreign", NotLoaded),
    ("devices-twice", NotLoaded),
    ("devices-many", NotLoaded),
    ("devices-huge", NotLoaded),
    ("devices-nameless", NotLoaded),
    ("devices-change", OK),
    ("devices-loop", OK),
];

/// Hostile once they serve.
pub const DURING: &[(&str, After)] = &[
    ("cpu-loop", LATE),
    ("cpu-host-calls", LATE),
    ("cpu-allocate", LATE),
    ("memory-steps", FULL),
    ("memory-bytes", FULL),
    ("memory-at-once", FULL),
    ("memory-leak", OK),
    ("stack", FULL),
    ("panic", FULL),
    ("abort", FULL),
    ("exit", FULL),
    ("unreachable", FULL),
    ("handles-pollables", FULL),
    ("handles-headers", FULL),
    ("headers-fill", Answers(&[Code::Ok, Code::Internal])),
    ("log-flood", SLOW),
    ("log-giant", OK),
    ("log-control", OK),
    ("stdout-flood", SLOW),
    ("stderr-endless-line", OK),
    ("random-flood", LATE),
    ("clock-storm", LATE),
    ("sleep", LATE),
    ("sleep-storm", LATE),
    ("poll-storm", LATE),
    ("http-storm", SLOW),
    ("http-metadata", OK),
    ("http-strange", OK),
    ("cancel-loop", LATE),
    ("counts-few", BROKEN),
    ("counts-many", BROKEN),
    ("counts-overflow", BROKEN),
    ("counts-none", BROKEN),
    ("keys-narrow", BROKEN),
    ("keys-wide", BROKEN),
    ("keys-letters", BROKEN),
    ("keys-twice", BROKEN),
    ("keys-million", FULL),
    ("key-giant", FULL),
    ("energy-nan", OK),
    ("metadata-giant", OK),
    ("metadata-many", OK),
    ("metadata-forged", OK),
    ("duration-endless", OK),
    ("error-giant", BROKEN),
    ("error-control", Answers(&[Code::InvalidArgument])),
    ("error-later", Answers(&[Code::ResourceExhausted])),
    ("error-ticket", Answers(&[Code::FailedPrecondition])),
    ("pending-for-ever", LATE),
    ("pending-storm", LATE),
    ("pending-giant", BROKEN),
];

/// The component that misbehaves like this.
fn component(word: &str) -> Vec<u8> {
    let entry = fixture("hostile", Value::Null);
    let mut bytes = fs::read(entry["component"].as_str().unwrap()).unwrap();
    let place = bytes.windows(HEAD.len()).position(|window| window == HEAD).unwrap() + HEAD.len();
    let padded = format!("{word:.<ROOM$}");
    assert_eq!(padded.len(), ROOM, "{word} is too long");
    bytes[place..place + ROOM].copy_from_slice(padded.as_bytes());
    bytes
}

/// A host that has all of them, and the simulator as their neighbour.
pub struct Stage {
    pub host: Host,
    _folder: TempDir,
}

impl Stage {
    pub async fn start() -> Self {
        let folder = new_folder();
        let drivers = BEFORE.iter().chain(DURING).map(|(word, _)| {
            let file = folder.path().join(format!("{word}.wasm"));
            fs::write(&file, component(word)).unwrap();
            let limits = json!({
                "memory": "16MiB", "instances": 2, "initialize_timeout": "500ms", "log_rate": "64KiB",
            });
            ((*word).to_owned(), json!({ "component": file, "trust": "none", "limits": limits }))
        });
        let drivers: serde_json::Map<String, Value> = drivers.collect();
        let config = json!({
            "plugins": { "directories": [], "probe_timeout": "1s" },
            "resilience": { "retry": { "attempts": 1 }, "breaker": { "enabled": false } },
            "drivers": drivers,
        });
        Self { host: Host::start(&config.to_string()).await, _folder: folder }
    }

    /// What the host's process holds now.
    pub fn held(&self) -> Held {
        let process = Path::new("/proc").join(self.host.id().to_string());
        let count = |folder: &str| fs::read_dir(process.join(folder)).unwrap().count();
        let status = fs::read_to_string(process.join("status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib: usize = resident.trim().trim_end_matches(" kB").parse().unwrap();
        Held { files: count("fd"), threads: count("task"), mebibytes: kib >> 10 }
    }
}

/// What a process holds.
#[derive(Debug)]
pub struct Held {
    files: usize,
    threads: usize,
    mebibytes: usize,
}

impl Held {
    /// No more than before, but for what an allocator keeps.
    pub fn fits(&self, before: &Self) -> bool {
        self.files <= before.files + 2
            && self.threads <= before.threads + 2
            && self.mebibytes <= before.mebibytes + before.mebibytes / 10 + 16
    }
}
