//! From an artifact to a generation in service: compile, link, connect, ask for devices, publish.

use std::sync::Arc;
use std::time::Instant;

use super::discovery::{Artifact, Origin};
use super::registry::{Active, Entry, Registry};
use crate::config::Config;
use crate::driver::{Call, Driver};
use crate::model::{DriverName, Generation};
use crate::pool::{Bounds, Pool};
use crate::telemetry::Telemetry;
use crate::telemetry::events;
use crate::wasm::{Runtime, Source};

/// Why a driver is not in service.
#[derive(Debug, thiserror::Error)]
#[error("driver `{driver}` ({origin}): {why}")]
pub struct LoadProblem {
    /// Its name.
    pub driver: DriverName,
    /// Where its component lies.
    pub origin: Origin,
    /// What is wrong.
    pub why: String,
    reason: &'static str,
}

/// Loads drivers into the registry.
pub struct Loader {
    config: Arc<Config>,
    runtime: Runtime,
    registry: Arc<Registry>,
    telemetry: Telemetry,
}

impl Loader {
    /// A loader for this registry.
    pub fn new(config: Arc<Config>, runtime: Runtime, registry: Arc<Registry>, telemetry: Telemetry) -> Self {
        Self { config, runtime, registry, telemetry }
    }

    /// Loads all artifacts side by side. Drivers that cannot be loaded are noted in the registry
    /// and returned; the others serve.
    pub async fn load_all(&self, artifacts: Vec<Artifact>) -> Vec<LoadProblem> {
        let mut problems = Vec::new();
        let loads = artifacts.iter().map(|artifact| self.load(artifact));
        for outcome in futures::future::join_all(loads).await {
            problems.extend(outcome.err());
        }
        problems
    }

    async fn load(&self, artifact: &Artifact) -> Result<(), LoadProblem> {
        let outcome = match self.prepare(artifact).await {
            Ok(active) => self
                .registry
                .publish(artifact.name.clone(), Entry::Active(active))
                .map_err(|why| ("device_clash", why)),
            Err(problem) => Err(problem),
        };
        outcome.map_err(|(reason, why)| self.refuse(artifact, reason, why))
    }

    fn refuse(&self, artifact: &Artifact, reason: &'static str, why: String) -> LoadProblem {
        let problem =
            LoadProblem { driver: artifact.name.clone(), origin: artifact.origin.clone(), why, reason };
        self.telemetry.emit(events::DriverLoadFailed {
            driver: problem.driver.as_str(),
            reason: problem.reason,
            cause: &problem.to_string(),
        });
        // A driver that failed owns no devices, so this publication cannot clash.
        let _ = self.registry.publish(artifact.name.clone(), Entry::Failed(problem.why.clone()));
        problem
    }

    async fn prepare(&self, artifact: &Artifact) -> Result<Arc<Active>, (&'static str, String)> {
        let started = Instant::now();
        let name = &artifact.name;
        let bytes = artifact
            .read(self.config.wasm.max_component.bytes())
            .map_err(|error| ("unreadable", error.to_string()))?;
        let limits = self.config.limits_of(name.as_str());
        let settings = self.config.drivers.get(name.as_str()).map(|driver| driver.settings.clone());
        let source = Source {
            name: name.clone(),
            generation: Generation(1),
            bytes,
            limits: limits.clone(),
            settings: settings.unwrap_or_default(),
        };
        let loaded = self.runtime.load(source).await.map_err(|error| ("refused", error.to_string()))?;
        let driver: Arc<dyn Driver> = Arc::new(loaded.driver);
        let generation = driver.generation();
        let pool = Pool::new(driver, Bounds::from(&limits), self.telemetry.clone());
        let call = Call { deadline: Instant::now() + limits.initialize_timeout };
        let failed = |failure: crate::model::Failure| ("failed", failure.to_string());
        let mut lease = pool.lease(call).await.map_err(failed)?;
        let devices = lease.devices(call).await.map_err(failed)?;
        let info = Arc::clone(lease.info());
        drop(lease);
        self.telemetry.emit(events::DriverLoaded {
            driver: name.as_str(),
            generation: generation.0,
            digest: &loaded.digest,
            source: &artifact.origin.to_string(),
            elapsed: started.elapsed(),
            cached: loaded.cached,
        });
        let named = (name.clone(), artifact.origin.to_string(), loaded.digest);
        Ok(Arc::new(Active::new(named, generation, info, pool, devices, limits.metadata.bytes())))
    }
}
