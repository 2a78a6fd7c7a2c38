//! Hostile before the driver serves: in its handshake, its initialisation, its health and its list of devices.

use std::time::Duration;

use eigen_qdriver::{Device, DriverInfo, time};

use crate::during::{burn, eat};

/// Far more than anybody needs, and far less than the memory that a test grants.
const MUCH: usize = 1 << 20;

pub fn handshake(word: &str, honest: DriverInfo) -> DriverInfo {
    match word {
        "handshake-loop" => burn(),
        "handshake-nameless" => DriverInfo::new("", "1.0.0"),
        "handshake-huge" => DriverInfo::new("x".repeat(MUCH), "1.0.0"),
        "handshake-control" => DriverInfo::new("a\nb\u{1b}[2J", "1.0.0"),
        "handshake-features" => {
            (0..100_000).fold(honest, |info, number| info.feature(number.to_string(), "x"))
        }
        _ => honest,
    }
}

#[expect(clippy::panic, reason = "it is what the word says")]
pub fn initialize(word: &str) {
    match word {
        "init-loop" => burn(),
        "init-memory" => eat(MUCH),
        "init-sleep" => time::sleep(Duration::from_hours(1)),
        "init-panic" => panic!("no"),
        _ => {}
    }
}

pub fn health(word: &str) {
    match word {
        "health-loop" => burn(),
        "health-sleep" => time::sleep(Duration::from_hours(1)),
        _ => {}
    }
}

pub fn devices(word: &str, honest: Device, calls: u64) -> Vec<Device> {
    let called = |id: String| Device { id, ..honest.clone() };
    match word {
        "devices-none" => Vec::new(),
        "devices-foreign" => vec![called("sim:local".to_owned())],
        "devices-twice" => vec![honest.clone(), honest],
        "devices-many" => (0..100_000).map(|number| called(format!("{}{number}", honest.id))).collect(),
        "devices-huge" => vec![called("x".repeat(MUCH))],
        "devices-nameless" => vec![called(String::new())],
        // Those of the first call are the ones that count.
        "devices-change" => vec![honest.clone(), called(format!("{}{calls}", honest.id))],
        "devices-loop" if calls > 1 => burn(),
        _ => vec![honest],
    }
}
