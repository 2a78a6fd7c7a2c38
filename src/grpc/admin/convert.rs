//! From the manager's types to messages.

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::proto;
use crate::dispatch::BreakerReport;
use crate::model::{DeviceId, Generation, Stage};
use crate::plugin::{Change, ChangeOutcome, DriverReport, Event, GenerationReport, Reload, Step};
use crate::resilience::{Forced, Phase, Scope};

pub(super) fn driver(report: DriverReport, breakers: &[BreakerReport]) -> proto::Driver {
    let rejection = report.rejection;
    let own = breakers.iter().filter(|breaker| breaker.driver == report.name);
    proto::Driver {
        breakers: own.map(breaker).collect(),
        name: report.name.to_string(),
        state: stage(report.stage).into(),
        reason: rejection.as_ref().map(|rejection| rejection.message.clone()).unwrap_or_default(),
        reason_code: rejection.map(|rejection| rejection.reason.name().to_owned()).unwrap_or_default(),
        generations: report.generations.into_iter().map(generation).collect(),
        device_ids: ids(&report.devices),
    }
}

pub(super) fn breaker(report: &BreakerReport) -> proto::Breaker {
    let device_id = match &report.scope {
        Scope::Driver(_) => String::new(),
        Scope::Device(id) => id.to_string(),
    };
    let state = match report.snapshot.phase {
        Phase::Closed => proto::BreakerState::Closed,
        Phase::HalfOpen => proto::BreakerState::HalfOpen,
        Phase::Open => proto::BreakerState::Open,
    };
    let forced = match report.snapshot.forced {
        None => proto::BreakerState::Unspecified,
        Some(Forced::Open) => proto::BreakerState::Open,
        Some(Forced::Closed) => proto::BreakerState::Closed,
    };
    proto::Breaker {
        driver: report.driver.to_string(),
        device_id,
        state: state.into(),
        forced: forced.into(),
        calls: report.snapshot.calls,
        failures: report.snapshot.failures,
        slow: report.snapshot.slow,
        consecutive_failures: report.snapshot.consecutive_failures,
        opened: report.snapshot.opened,
        remaining_ms: report.snapshot.remaining.map_or(0.0, |left| left.as_secs_f64() * 1e3),
    }
}

/// Which breaker, and what it is to be held to.
pub(super) fn breaker_request(
    request: &proto::SetBreakerRequest,
) -> Result<(Scope, Option<Forced>), tonic::Status> {
    use proto::set_breaker_request::Which;
    let scope = match &request.which {
        Some(Which::Driver(name)) => Scope::Driver(super::upload::name(name)?),
        Some(Which::DeviceId(id)) => Scope::Device(DeviceId::new(id.as_str())),
        None => return Err(tonic::Status::invalid_argument("name a driver or a device")),
    };
    let hold = match request.hold() {
        proto::BreakerState::Unspecified => None,
        proto::BreakerState::Open => Some(Forced::Open),
        proto::BreakerState::Closed => Some(Forced::Closed),
        proto::BreakerState::HalfOpen => {
            return Err(tonic::Status::invalid_argument("a breaker can be held open or closed"));
        }
    };
    Ok((scope, hold))
}

fn generation(report: GenerationReport) -> proto::DriverGeneration {
    let (plugin_id, plugin_version) = report.plugin;
    proto::DriverGeneration {
        generation: report.generation.0,
        state: stage(report.stage).into(),
        digest: report.digest,
        origin: report.origin,
        runtime: report.runtime.to_owned(),
        trust: report.trust,
        plugin_id,
        plugin_version,
        driver_version: report.driver_version,
        in_flight: report.in_flight as u64,
        canary_share: report.canary_share,
        since: rfc3339(report.since),
        rollback_target: report.rollback_target,
    }
}

fn stage(stage: Stage) -> proto::DriverState {
    match stage {
        Stage::Discovered => proto::DriverState::Discovered,
        Stage::Registered => proto::DriverState::Registered,
        Stage::Validated => proto::DriverState::Validated,
        Stage::Active => proto::DriverState::Active,
        Stage::Draining => proto::DriverState::Draining,
        Stage::Deactivated => proto::DriverState::Deactivated,
        Stage::Error => proto::DriverState::Error,
        Stage::Quarantined => proto::DriverState::Quarantined,
    }
}

pub(super) fn change(change: Change) -> proto::ChangeResponse {
    let outcome = match change.outcome {
        ChangeOutcome::Changed => proto::Outcome::Changed,
        ChangeOutcome::Unchanged => proto::Outcome::Unchanged,
        ChangeOutcome::WouldChange => proto::Outcome::WouldChange,
        ChangeOutcome::OnTrial => proto::Outcome::Canary,
    };
    proto::ChangeResponse {
        outcome: outcome.into(),
        generation: number(change.generation),
        previous_generation: number(change.previous),
        lost_devices: ids(&change.lost_devices),
        new_devices: ids(&change.new_devices),
        digest: change.digest.unwrap_or_default(),
        elapsed_ms: change.elapsed.as_secs_f64() * 1e3,
    }
}

pub(super) fn progress(step: Step) -> proto::SwapDriverResponse {
    let progress = proto::Progress { step: step.name().to_owned(), detail: String::new() };
    proto::SwapDriverResponse { part: Some(proto::swap_driver_response::Part::Progress(progress)) }
}

pub(super) fn result(result: Change) -> proto::SwapDriverResponse {
    proto::SwapDriverResponse { part: Some(proto::swap_driver_response::Part::Result(change(result))) }
}

pub(super) fn reload(reload: Reload) -> proto::ReloadConfigResponse {
    proto::ReloadConfigResponse {
        applied: reload.applied,
        restart_required: reload.restart_required,
        drivers: reload.drivers.iter().map(ToString::to_string).collect(),
        problems: reload.problems.iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn event(event: Event) -> proto::Event {
    proto::Event {
        sequence: event.sequence,
        time: rfc3339(event.time),
        kind: event.kind.to_owned(),
        driver: event.driver.map(|driver| driver.to_string()).unwrap_or_default(),
        generation: number(event.generation),
        message: event.message,
        fields: event.fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
    }
}

fn number(generation: Option<Generation>) -> u64 {
    generation.map_or(0, |generation| generation.0)
}

fn ids(devices: &[DeviceId]) -> Vec<String> {
    devices.iter().map(ToString::to_string).collect()
}

fn rfc3339(time: SystemTime) -> String {
    OffsetDateTime::from(time).format(&Rfc3339).unwrap_or_default()
}

/// The levels of the log.
pub(super) fn levels(levels: &crate::telemetry::log::Levels) -> proto::LogLevels {
    proto::LogLevels { levels: levels.now(), started_with: levels.started_with().to_owned() }
}
