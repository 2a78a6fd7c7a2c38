//! Drivers come and go: the one place that changes what is in service.

use std::path::Path;

use super::change::{Change, ChangeError, OnStep, Reload, SwapRequest};
use super::journal::Journal;
use super::report::DriverReport;
use crate::config::ConfigErrors;
use crate::model::{DriverName, Generation};

/// Changes drivers on the word of operators, of the plugin folders and of the config.
pub struct Manager {
    journal: Journal,
}

impl Manager {
    /// All drivers, by name.
    pub fn drivers(&self) -> Vec<DriverReport> {
        unimplemented!()
    }

    /// One driver.
    pub fn driver(&self, name: &DriverName) -> Result<DriverReport, ChangeError> {
        Err(ChangeError::Unknown(name.clone()))
    }

    /// What happened, for those who watch.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Puts a driver in service that is not: from a path, or from where discovery finds it.
    pub async fn load(&self, name: &DriverName, _path: Option<&Path>, _step: OnStep<'_>) -> Result<Change, ChangeError> {
        Err(ChangeError::Unknown(name.clone()))
    }

    /// Takes a driver out of service and drains it.
    pub async fn unload(&self, name: &DriverName, _step: OnStep<'_>) -> Result<Change, ChangeError> {
        Err(ChangeError::Unknown(name.clone()))
    }

    /// Replaces a driver; with a trial, answers when the trial has begun.
    pub async fn swap(&self, request: SwapRequest, _step: OnStep<'_>) -> Result<Change, ChangeError> {
        Err(ChangeError::Unknown(request.name))
    }

    /// Goes back to the generation that served before, or to the one named.
    pub async fn rollback(&self, name: &DriverName, _to: Option<Generation>, _step: OnStep<'_>) -> Result<Change, ChangeError> {
        Err(ChangeError::Unknown(name.clone()))
    }

    /// Reads the config file again.
    pub async fn reload(&self) -> Result<Reload, ConfigErrors> {
        Ok(Reload::default())
    }

    /// Notes who asked for what, for the audit trail.
    pub fn audit(&self, _method: &'static str, _driver: Option<&DriverName>, _outcome: &'static str, _details: String) {}
}
