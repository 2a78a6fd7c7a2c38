//! Changes to drivers, as operators ask for them and as they are answered.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{DeviceId, Digest, DriverName, Generation, Rejection};

/// Where the artifact of a replacement comes from.
#[derive(Debug, Clone)]
pub enum Replacement {
    /// A component or a `plugin.toml` on this host.
    Path(PathBuf),
    /// Brought by the caller.
    Upload {
        /// The artifact's bytes.
        artifact: Vec<u8>,
        /// The text of its `plugin.toml`, if it has one.
        manifest: Option<String>,
        /// The text of the manifest's signature, if it has one.
        signature: Option<String>,
    },
}

/// A replacement that an operator asks for.
#[derive(Debug, Clone)]
pub struct SwapRequest {
    /// The driver.
    pub name: DriverName,
    /// By what.
    pub replacement: Replacement,
    /// The digest that it must have.
    pub expected_digest: Option<Digest>,
    /// Every step but publication.
    pub dry_run: bool,
    /// A trial first; without one, as the config says.
    pub trial: Option<Trial>,
}

/// How a new generation is tried before it gets all requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Share of the requests that it gets, above 0, at most 1.
    pub share: f64,
    /// It has passed after so many answers.
    pub requests: u64,
    /// It has failed when a larger share of its answers are failures that blame the driver, 0 to 1.
    pub max_error_rate: f64,
    /// It has failed when its mean latency is over this many times the old generation's; `None`: not looked at.
    pub max_latency_ratio: Option<f64>,
    /// It has failed when it has not passed by then.
    pub timeout: Duration,
}

/// The steps of a replacement, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Manifest, compatibility, trust, grants.
    Verify,
    /// Imports and exports against what the host offers.
    Preflight,
    /// Compiled or taken from the cache, and linked.
    Compile,
    /// A first connection: handshake and initialize.
    Warm,
    /// Devices, health, self-test.
    Probe,
    /// The new generation gets the requests.
    Publish,
    /// The old generation finishes its calls.
    Drain,
}

impl Step {
    /// The name on the wire and in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Preflight => "preflight",
            Self::Compile => "compile",
            Self::Warm => "warm",
            Self::Probe => "probe",
            Self::Publish => "publish",
            Self::Drain => "drain",
        }
    }
}

/// Who wants to hear of each step as it begins.
pub type OnStep<'a> = &'a (dyn Fn(Step) + Send + Sync);

/// What became of a change that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// It holds now.
    Changed,
    /// It held already.
    Unchanged,
    /// A dry run found nothing against it.
    WouldChange,
    /// The new generation is on trial.
    OnTrial,
}

impl ChangeOutcome {
    /// The name in metrics and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::WouldChange => "would_change",
            Self::OnTrial => "on_trial",
        }
    }
}

/// The answer to a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What became of it.
    pub outcome: ChangeOutcome,
    /// In service now, or as a dry run would have it; `None`: the driver is out of service.
    pub generation: Option<Generation>,
    /// In service before.
    pub previous: Option<Generation>,
    /// Devices that the generation before had and this one has not.
    pub lost_devices: Vec<DeviceId>,
    /// Devices that this generation has and the one before had not.
    pub new_devices: Vec<DeviceId>,
    /// Of the artifact in service.
    pub digest: Option<String>,
    /// From the call to the publication.
    pub elapsed: Duration,
}

/// Why a change was not made. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There is no such driver, neither in service nor found.
    #[error("there is no driver `{0}`")]
    Unknown(DriverName),
    /// Another change of the same driver is under way.
    #[error("driver `{0}` is being changed by another call")]
    Busy(DriverName),
    /// There is nothing to go back to.
    #[error("driver `{driver}` has no generation{} to go back to", .wanted.map(|wanted| format!(" {wanted}")).unwrap_or_default())]
    NoRollback {
        /// The driver.
        driver: DriverName,
        /// The generation asked for.
        wanted: Option<Generation>,
    },
    /// A step said no.
    #[error("driver `{driver}`: {rejection}")]
    Refused {
        /// The driver.
        driver: DriverName,
        /// Why, and what to do about it.
        rejection: Rejection,
    },
}

/// What a new reading of the config file did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reload {
    /// Keys whose new values hold.
    pub applied: Vec<String>,
    /// Keys that changed but hold only after a restart.
    pub restart_required: Vec<String>,
    /// Drivers that got a new generation, came or went.
    pub drivers: Vec<DriverName>,
    /// Drivers that could not follow.
    pub problems: Vec<ChangeError>,
}
