//! What operators see of drivers.

use std::time::SystemTime;

use crate::model::{DeviceId, DriverName, Generation, Rejection, Stage};

/// One driver with its generations.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverReport {
    /// Its name.
    pub name: DriverName,
    /// Of the generation in service, or of the last attempt if none is.
    pub stage: Stage,
    /// Why it is not in service, or why the last change was refused.
    pub rejection: Option<Rejection>,
    /// In service, on trial, and kept for a rollback; newest first.
    pub generations: Vec<GenerationReport>,
    /// The devices of the generation in service.
    pub devices: Vec<DeviceId>,
}

/// One generation of a driver.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationReport {
    /// Counts the driver's generations, over restarts too.
    pub generation: Generation,
    /// Where it is in its life.
    pub stage: Stage,
    /// `sha256:…` of the artifact.
    pub digest: String,
    /// A path, `embedded` or `upload`.
    pub origin: String,
    /// `wasm` or `python`.
    pub runtime: &'static str,
    /// `embedded`, `digest`, `signature:KEY` or `none`.
    pub trust: String,
    /// Plugin id and version by the manifest; empty without one.
    pub plugin: (String, String),
    /// By the driver's own word.
    pub driver_version: String,
    /// Requests that it is answering.
    pub in_flight: usize,
    /// Share of the requests that it gets while on trial, else 0.
    pub canary_share: f64,
    /// When it came into this stage.
    pub since: SystemTime,
    /// Whether a rollback would bring it back.
    pub rollback_target: bool,
}
