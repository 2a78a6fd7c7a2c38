//! From a bundle to a generation that could serve: verify, preflight, compile, warm, probe.
//!
//! Nothing here changes what is in service. Each step that says no ends it, with a reason, a sentence and a
//! remedy.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::Manager;
use super::slot::Slot;
use crate::config::{Config, DriverLimits, DriverPython, EgressRule};
use crate::driver::{Call, Driver, LoadStep, Runtime, Source};
use crate::model::{
    Digest, Failure, FailureKind, Generation, Happening, Properties, RejectReason, Rejection,
};
use crate::plugin::active::{Active, Identity};
use crate::plugin::bundle::{Bundle, Origin};
use crate::plugin::change::{OnStep, Step};
use crate::plugin::store::Pin;
use crate::plugin::{fault, manifest, trust};
use crate::pool::{Bounds, Pool};
use crate::telemetry::events;

/// A generation that could serve.
pub(super) struct Ready {
    pub(super) active: Arc<Active>,
    /// Holds its copy in the store.
    pub(super) _pin: Option<Pin>,
    pub(super) cached: bool,
    pub(super) started: Instant,
}

/// What a bundle may do, once it was verified.
pub(super) struct Verified {
    runtime: Arc<dyn Runtime>,
    trust: trust::Trusted,
    limits: DriverLimits,
    settings: Properties,
    egress: Vec<EgressRule>,
    secrets: BTreeMap<String, String>,
    python: DriverPython,
    /// Of limits, settings, what it may reach, the names of its secrets, and how it is run.
    pub(super) terms: Digest,
}

impl Manager {
    /// Takes a bundle through all steps. The generation's life ends in `ERROR` or `QUARANTINED` if one of
    /// them says no.
    pub(super) async fn make_ready(
        &self,
        slot: &Slot,
        bundle: &Bundle,
        generation: Generation,
        step: OnStep<'_>,
    ) -> Result<Ready, Rejection> {
        let made = self.steps(slot, bundle, generation, step).await;
        if let Err(rejection) = &made {
            let quarantine = rejection.reason.quarantines();
            slot.happens(generation, if quarantine { Happening::Distrusted } else { Happening::Failed });
            self.refused(slot, Some(generation), rejection);
        }
        made
    }

    async fn steps(
        &self,
        slot: &Slot,
        bundle: &Bundle,
        generation: Generation,
        step: OnStep<'_>,
    ) -> Result<Ready, Rejection> {
        let started = Instant::now();
        step(Step::Verify);
        slot.happens(generation, Happening::Registered);
        let verified = self.verify(slot, bundle)?;
        fault::point("verify");
        let pin = self.keep(bundle).await?;
        fault::point("stored");

        let on_load = |part| match part {
            LoadStep::Preflight => {
                step(Step::Preflight);
                fault::point("preflight");
            }
            LoadStep::Compile => {
                step(Step::Compile);
                fault::point("compile");
            }
        };
        let source = Source {
            name: slot.name.clone(),
            generation,
            bytes: Arc::clone(&bundle.parts.artifact),
            limits: verified.limits.clone(),
            settings: verified.settings.clone(),
            egress: verified.egress.clone(),
            secrets: verified.secrets.clone(),
            python: verified.python.clone(),
            folder: unverified_folder(&verified.trust, bundle),
        };
        let loaded = verified.runtime.load(source, &on_load).await?;

        step(Step::Warm);
        let identity = Identity {
            name: slot.name.clone(),
            generation,
            origin: bundle.origin.to_string(),
            digest: bundle.digest,
            bundle: bundle.id,
            runtime: verified.runtime.name(),
            trust: verified.trust.to_string(),
            plugin: bundle.manifest.as_ref().map(manifest::Manifest::id_and_version).unwrap_or_default(),
            terms: verified.terms,
        };
        let active = self.first_connection(identity, loaded.driver, &verified.limits).await?;
        fault::point("warm");
        step(Step::Probe);
        self.probe(&active).await?;
        fault::point("probe");
        slot.view().identify(&active);
        slot.happens(generation, Happening::Validated);
        if verified.trust == trust::Trusted::None {
            self.telemetry.emit(events::DriverUnverified {
                driver: slot.name.as_str(),
                digest: &bundle.digest.to_string(),
            });
        }
        Ok(Ready { active, _pin: pin, cached: loaded.cached, started })
    }

    /// Manifest, compatibility, trust, grants, runtime. Fast, and nothing of the artifact runs.
    pub(super) fn verify(&self, slot: &Slot, bundle: &Bundle) -> Result<Verified, Rejection> {
        let config = self.config.load_full();
        let name = slot.name.as_str();
        let trust = trust::verify(name, bundle, &config, self.embedded)?;
        if let Some(manifest) = &bundle.manifest {
            manifest.compatible()?;
        }
        let runtime = self.runtimes.iter().find(|runtime| runtime.name() == bundle.runtime());
        let runtime = runtime.cloned().ok_or_else(|| {
            let text = format!("this host has no runtime for `{}` drivers", bundle.runtime());
            Rejection::new(RejectReason::RuntimeMissing, text).remedy("Install it on a host that has one.")
        })?;
        let limits = match &bundle.manifest {
            Some(manifest) => manifest::grants(manifest, name, &config)?,
            None => config.limits_of(name),
        };
        let settings = settings(&config, name);
        let driver = config.drivers.get(name).cloned().unwrap_or_default();
        let (egress, secrets, python) = (driver.egress, driver.secrets, driver.python);
        let terms = terms(&limits, &settings, &egress, &secrets, &python);
        Ok(Verified { runtime, trust, limits, settings, egress, secrets, python, terms })
    }

    /// A copy that operators' files cannot change any more.
    async fn keep(&self, bundle: &Bundle) -> Result<Option<Pin>, Rejection> {
        let Some(store) = &self.store else { return Ok(None) };
        if bundle.origin == Origin::Embedded {
            return Ok(None);
        }
        let (store, id, parts) = (store.clone(), bundle.id, bundle.parts.clone());
        let kept = tokio::task::spawn_blocking(move || store.keep(id, &parts)).await;
        let kept = kept.unwrap_or_else(|gone| Err(std::io::Error::other(gone)));
        self.saved(kept)
    }

    async fn first_connection(
        &self,
        identity: Identity,
        driver: Arc<dyn Driver>,
        limits: &DriverLimits,
    ) -> Result<Arc<Active>, Rejection> {
        let name = identity.name.clone();
        let refuse = |failure: Failure| {
            let remedy = match failure.kind {
                FailureKind::Timeout => {
                    format!("Raise `drivers.{name}.limits.initialize_timeout`, or mend the driver.")
                }
                FailureKind::Internal => "Mend the driver; all that it said is in the log.".to_owned(),
                _ => failure.remediation.clone(),
            };
            Rejection::new(RejectReason::StartFailed, failure.message.clone())
                .remedy(remedy)
                .details(told_by(&failure))
        };
        let pool = Pool::new(driver, Bounds::from(limits), self.telemetry.clone());
        let call = Call { deadline: Instant::now() + limits.initialize_timeout };
        let mut lease = pool.lease(call).await.map_err(refuse)?;
        let devices = lease.devices(call).await.map_err(refuse)?;
        let info = Arc::clone(lease.info());
        drop(lease);
        Ok(Arc::new(Active::new(identity, info, pool, devices, limits.metadata.bytes())))
    }
}

/// What a failed driver said and where it was: its first and its last lines.
fn told_by(failure: &Failure) -> Vec<String> {
    const FIRST: usize = 7;
    const LAST: usize = 4;
    let lines: Vec<String> =
        failure.cause.iter().flat_map(|cause| cause.lines()).map(|line| line.trim().to_owned()).collect();
    let middle = FIRST..lines.len().saturating_sub(LAST).max(FIRST);
    lines.into_iter().enumerate().filter(|(index, _)| !middle.contains(index)).map(|(_, line)| line).collect()
}

pub(super) fn settings(config: &Config, name: &str) -> Properties {
    config.drivers.get(name).map(|driver| driver.settings.clone()).unwrap_or_default()
}

/// Settings may be secret: only their digest is kept.
fn terms(
    limits: &DriverLimits,
    settings: &Properties,
    egress: &[EgressRule],
    secrets: &BTreeMap<String, String>,
    python: &DriverPython,
) -> Digest {
    Digest::of(format!("{limits:?}{settings:?}{egress:?}{secrets:?}{python:?}").as_bytes())
}

/// Where a plugin lies whose files are not verified anyhow.
fn unverified_folder(trusted: &trust::Trusted, bundle: &Bundle) -> Option<PathBuf> {
    match &bundle.origin {
        Origin::File(path) if *trusted == trust::Trusted::None => {
            path.parent().and_then(|folder| std::path::absolute(folder).ok())
        }
        _ => None,
    }
}
