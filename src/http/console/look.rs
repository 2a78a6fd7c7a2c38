//! Gathers what the console shows, from where the operators' gRPC service takes it too.
//!
//! Nothing is asked of a driver: whoever watches costs the drivers nothing.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::view::{Breaker, Device, Driver, Event, Generation, Pool, Rows, Second, View};
use crate::dispatch::{BreakerReport, Sample};
use crate::http::server::State;
use crate::plugin::{self, DriverReport, GenerationReport};
use crate::resilience::{Phase, Scope};

/// The most characters of a sentence: a backtrace is read in the log.
const SENTENCE: usize = 240;

/// The host as it is now.
pub(super) fn at(state: &State) -> View {
    let (dispatcher, console) = (&state.dispatcher, state.console);
    let drivers = dispatcher.drivers();
    let ready = state.ready();
    let mut devices: Vec<Device> = drivers
        .active()
        .flat_map(|active| {
            active.devices().iter().map(|one| device(active.name.as_str(), one)).collect::<Vec<_>>()
        })
        .collect();
    devices.sort_by(|one, other| one.id.cmp(&other.id));
    let mut breakers: Vec<Breaker> = dispatcher.breakers().iter().map(breaker).collect();
    breakers.sort_by_key(|breaker| breaker.state == Phase::Closed.name());
    let pools = drivers.active().map(|active| {
        let usage = active.pool.usage();
        Pool { driver: active.name.to_string(), active: usage.active, idle: usage.idle, size: usage.size }
    });
    let traffic = dispatcher.traffic();
    View {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: rfc3339(SystemTime::now()),
        uptime_s: traffic.uptime().as_secs_f64(),
        ready: ready.is_ok(),
        reason: ready.err().unwrap_or_default(),
        notes: state.notes.clone(),
        in_flight: dispatcher.in_flight(),
        history_s: console.history.as_secs().max(1),
        second: traffic.uptime().as_secs(),
        traffic: traffic.samples().iter().map(second).collect(),
        drivers: rows(state.manager.drivers().into_iter().map(driver), console.rows),
        devices: rows(devices, console.rows),
        breakers: rows(breakers, console.rows),
        pools: rows(pools, console.rows),
        events: state.manager.journal().newest(console.events).into_iter().map(event).collect(),
    }
}

fn rows<T>(all: impl IntoIterator<Item = T>, most: usize) -> Rows<T> {
    let mut all = all.into_iter();
    let rows: Vec<T> = all.by_ref().take(most).collect();
    Rows { rows, left_out: all.count() }
}

fn second(sample: &Sample) -> Second {
    let [p50_ms, p95_ms, p99_ms] = sample.latency.map(millis);
    Second {
        second: sample.second,
        answered: sample.answered,
        refused: sample.refused,
        failed: sample.failed,
        p50_ms,
        p95_ms,
        p99_ms,
    }
}

fn driver(report: DriverReport) -> Driver {
    let (reason, reason_code) = match report.rejection {
        Some(rejection) => (cut(rejection.message), rejection.reason.name().to_owned()),
        None => (String::new(), String::new()),
    };
    Driver {
        name: report.name.to_string(),
        state: report.stage.name().to_owned(),
        reason,
        reason_code,
        devices: report.devices.len(),
        generations: report.generations.into_iter().map(generation).collect(),
    }
}

fn generation(report: GenerationReport) -> Generation {
    let (_, plugin_version) = report.plugin;
    Generation {
        generation: report.generation.0,
        state: report.stage.name().to_owned(),
        version: if plugin_version.is_empty() { report.driver_version } else { plugin_version },
        runtime: report.runtime.to_owned(),
        trust: report.trust,
        since: rfc3339(report.since),
        in_flight: report.in_flight,
        canary_share: report.canary_share,
        rollback_target: report.rollback_target,
    }
}

fn device(driver: &str, device: &crate::model::Device) -> Device {
    Device {
        id: device.id.to_string(),
        driver: driver.to_owned(),
        name: device.name.clone(),
        provider: device.provider.clone(),
        status: device.state.status.as_str().to_owned(),
        queue: device.state.queue_depth,
        wait_s: device.state.estimated_wait.map(|wait| wait.as_secs_f64()),
    }
}

fn breaker(report: &BreakerReport) -> Breaker {
    let device = match &report.scope {
        Scope::Driver(_) => String::new(),
        Scope::Device(id) => id.to_string(),
    };
    Breaker {
        driver: report.driver.to_string(),
        device,
        state: report.snapshot.phase.name().to_owned(),
        held: report.snapshot.forced.is_some(),
        calls: report.snapshot.calls,
        failures: report.snapshot.failures,
        opened: report.snapshot.opened,
        remaining_s: report.snapshot.remaining.map_or(0.0, |left| left.as_secs_f64()),
    }
}

fn event(event: plugin::Event) -> Event {
    Event {
        sequence: event.sequence,
        time: rfc3339(event.time),
        kind: event.kind.to_owned(),
        driver: event.driver.map(|driver| driver.to_string()).unwrap_or_default(),
        generation: event.generation.map_or(0, |generation| generation.0),
        message: cut(event.message),
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(SENTENCE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Milliseconds to a thousandth: more would only make the answer longer.
fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

fn rfc3339(time: SystemTime) -> String {
    OffsetDateTime::from(time).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_is_cut_between_two_characters() {
        assert_eq!(cut("short".to_owned()), "short");
        assert_eq!(cut("é".repeat(1000)).chars().count(), SENTENCE + 1);
    }

    #[test]
    fn what_is_left_out_of_a_table_is_counted() {
        assert_eq!(rows(1..=7, 5), Rows { rows: vec![1, 2, 3, 4, 5], left_out: 2 });
        assert_eq!(rows([1], 5), Rows { rows: vec![1], left_out: 0 });
    }
}
