//! From the manager's types to messages.

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::proto;
use crate::model::{DeviceId, Generation, Stage};
use crate::plugin::{Change, ChangeOutcome, DriverReport, Event, GenerationReport, Reload, Step};

pub(super) fn driver(report: DriverReport) -> proto::Driver {
    let rejection = report.rejection;
    proto::Driver {
        name: report.name.to_string(),
        state: stage(report.stage).into(),
        reason: rejection.as_ref().map(|rejection| rejection.message.clone()).unwrap_or_default(),
        reason_code: rejection.map(|rejection| rejection.reason.name().to_owned()).unwrap_or_default(),
        generations: report.generations.into_iter().map(generation).collect(),
        device_ids: ids(&report.devices),
    }
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
