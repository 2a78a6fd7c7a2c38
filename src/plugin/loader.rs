//! From an artifact to a generation in service: compile, link, connect, ask for devices, publish.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::discovery::{Artifact, Origin, SIMULATOR};
use super::registry::{Active, Entry, Registry};
use crate::config::Config;
use crate::driver::{Call, Driver};
use crate::model::{DriverName, Failure, FailureKind, Generation};
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

/// A generation with the time it took and whether it was compiled before, or the kind of reason and the reason.
type Prepared = Result<(Arc<Active>, Duration, bool), (&'static str, String)>;

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
        let prepared =
            futures::future::join_all(artifacts.iter().map(|artifact| self.prepare(artifact))).await;
        let mut prepared: Vec<_> = artifacts.iter().zip(prepared).collect();
        // Who comes first owns a device that two claim: the simulator, then by name, however fast each is.
        prepared.sort_by_key(|(artifact, _)| (artifact.name.as_str() != SIMULATOR, artifact.name.clone()));
        let published = prepared.into_iter().map(|(artifact, prepared)| self.publish(artifact, prepared));
        published.filter_map(Result::err).collect()
    }

    fn publish(&self, artifact: &Artifact, prepared: Prepared) -> Result<(), LoadProblem> {
        let refuse = |(reason, why)| self.refuse(artifact, reason, why);
        let (active, elapsed, cached) = prepared.map_err(refuse)?;
        self.registry
            .publish(artifact.name.clone(), Entry::Active(Arc::clone(&active)))
            .map_err(|why| refuse(("device_clash", why)))?;
        self.telemetry.emit(events::DriverLoaded {
            driver: active.name.as_str(),
            generation: active.generation.0,
            digest: &active.digest,
            source: &active.origin,
            elapsed,
            cached,
        });
        Ok(())
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

    async fn prepare(&self, artifact: &Artifact) -> Prepared {
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
        let failed = |failure: Failure| match failure.kind {
            FailureKind::Timeout => (
                "failed",
                format!("{failure}; raise `drivers.{name}.limits.initialize_timeout`, or mend the driver"),
            ),
            _ => ("failed", failure.to_string()),
        };
        let mut lease = pool.lease(call).await.map_err(failed)?;
        let devices = lease.devices(call).await.map_err(failed)?;
        let info = Arc::clone(lease.info());
        drop(lease);
        let named = (name.clone(), artifact.origin.to_string(), loaded.digest);
        let active = Active::new(named, generation, info, pool, devices, limits.metadata.bytes());
        Ok((Arc::new(active), started.elapsed(), loaded.cached))
    }
}
