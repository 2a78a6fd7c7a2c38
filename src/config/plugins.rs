//! Plugins: where they are looked for, how changes are noticed, whom they are trusted from, and how one
//! generation gives way to the next.
//!
//! Owns names and defaults. The invariant: without a word from the operator nothing runs that is not built
//! in or signed with a key that the operator named.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};

use super::units::{self, ByteSize, Percent, Unit};
use crate::model::Digest;

/// Where drivers are looked for, and how they come and go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plugins {
    /// Folders, in order; in case of two drivers of one name the earlier folder's is taken.
    pub directories: Vec<PathBuf>,
    /// Whom drivers are trusted from.
    pub trust: Trust,
    /// How changes in the folders are noticed.
    pub watch: WatchMode,
    /// Time between two looks at the folders, for `watch: poll`.
    #[serde(with = "units::text")]
    pub poll_interval: Duration,
    /// How long a component without a manifest must stay unchanged before it is read.
    #[serde(with = "units::text")]
    pub settle: Duration,
    /// How long a driver's file must be gone before the driver is unloaded.
    #[serde(with = "units::text")]
    pub removal_grace: Duration,
    /// How long a replaced generation may finish its calls before they are cut off.
    #[serde(with = "units::text")]
    pub drain_timeout: Duration,
    /// How long a new generation's probe may take, self-test included.
    #[serde(with = "units::text")]
    pub probe_timeout: Duration,
    /// Plugins that are looked at; more are ignored with a warning.
    pub max_plugins: usize,
    /// Largest `plugin.toml`, and largest signature.
    pub max_manifest: ByteSize,
    /// Events kept for operators who watch.
    pub max_events: usize,
}

impl Default for Plugins {
    fn default() -> Self {
        Self {
            directories: vec![PathBuf::from("/usr/lib/eigen/drivers"), PathBuf::from("./plugins")],
            trust: Trust::default(),
            watch: WatchMode::Events,
            poll_interval: Duration::from_secs(2),
            settle: Duration::from_millis(500),
            removal_grace: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(10),
            max_plugins: 1024,
            max_manifest: ByteSize::kib(64),
            max_events: 1024,
        }
    }
}

impl Plugins {
    /// The policy for what lies in a directory.
    pub fn trust_in(&self, directory: &Path) -> TrustPolicy {
        self.trust.directories.get(directory).copied().unwrap_or(self.trust.default)
    }
}

/// How changes in the plugin folders are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WatchMode {
    /// By events of the file system.
    Events,
    /// By looking again and again: for mounted volumes that send no events.
    Poll,
    /// Not at all: only at start, on a reload and by an operator's command.
    Off,
}

/// Whom drivers are trusted from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trust {
    /// The policy where no narrower one is set.
    pub default: TrustPolicy,
    /// Policies of single directories, by their path as in `plugins.directories`.
    pub directories: BTreeMap<PathBuf, TrustPolicy>,
    /// Public keys whose signatures count, by a name of the operator's choice.
    pub keys: BTreeMap<String, PublicKey>,
}

/// What a driver must show before it is compiled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrustPolicy {
    /// A signature over its manifest by one of `plugins.trust.keys`.
    #[default]
    Signature,
    /// A digest that `drivers.NAME.digests` lists.
    Digest,
    /// Nothing: whoever can write to the folder decides what runs.
    None,
}

impl fmt::Display for TrustPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signature => "signature",
            Self::Digest => "digest",
            Self::None => "none",
        })
    }
}

/// An Ed25519 public key (RFC 8032): `ed25519:` and 32 bytes in Base64.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    const PREFIX: &'static str = "ed25519:";
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}

impl Unit for PublicKey {
    const ALLOWED: &'static str =
        "`ed25519:` and 32 bytes in Base64, as `driver-manager plugin keygen` prints it";

    fn parse(text: &str) -> Result<Self, String> {
        let key = text.strip_prefix(Self::PREFIX).and_then(|text| BASE64.decode(text).ok());
        let key = key.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        key.map(Self).ok_or_else(|| "the text is no public key".to_owned())
    }

    fn render(&self) -> String {
        format!("{}{}", Self::PREFIX, BASE64.encode(self.0))
    }
}

impl Unit for Digest {
    const ALLOWED: &'static str = "`sha256:` and 64 hexadecimal digits, as `sha256sum` prints them";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "the text is no digest".to_owned())
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

/// A trial of a new generation on some of the requests, before it gets them all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Canary {
    /// Share of the requests that go to the new generation.
    pub share: Percent,
    /// The trial has passed after so many answers.
    pub requests: u64,
    /// The trial has failed when a larger share of the answers are failures that blame the driver.
    pub max_error_rate: Percent,
    /// The trial has failed when its mean latency is over this many times the old generation's in the same
    /// time; 0 does not look at latency.
    pub max_latency_ratio: u32,
    /// The trial has failed when it has not passed after this time.
    #[serde(with = "units::text")]
    pub timeout: Duration,
}

impl Default for Canary {
    fn default() -> Self {
        Self {
            share: Percent(10),
            requests: 100,
            max_error_rate: Percent(5),
            max_latency_ratio: 3,
            timeout: Duration::from_mins(10),
        }
    }
}

/// The operators' edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// Whether it is served at all.
    pub enabled: bool,
    /// Where to listen. Without one: `admin.sock` in the folder of `wasm.state_dir`.
    #[serde(with = "units::text")]
    pub bind: Option<AdminBind>,
    /// Calls in progress at once, watchers included; one more gets `RESOURCE_EXHAUSTED`.
    pub max_in_flight: usize,
}

impl Default for Admin {
    fn default() -> Self {
        Self { enabled: true, bind: None, max_in_flight: 64 }
    }
}

/// An address for operators: a Unix socket or a loopback port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminBind {
    /// A socket file that only the service's user may open.
    Unix(PathBuf),
    /// An address and port. Port 0 takes any free one.
    Tcp(SocketAddr),
}

impl AdminBind {
    const UNIX: &'static str = "unix:";

    /// Reads an address as it stands in the config.
    ///
    /// # Errors
    /// What is wrong with it, and what may be written.
    pub fn read(text: &str) -> Result<Self, String> {
        Self::parse(text.trim()).map_err(|problem| format!("{problem}; write {}", Self::ALLOWED))
    }
}

impl Unit for AdminBind {
    const ALLOWED: &'static str =
        "`unix:/path/of/a.sock`, or a loopback address and port such as `127.0.0.1:50062`";

    fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix(Self::UNIX).filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        match text.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => Ok(Self::Tcp(address)),
            Ok(address) => Err(format!("{address} is open to other machines")),
            Err(_) => Err(format!("`{text}` is no such address")),
        }
    }

    fn render(&self) -> String {
        match self {
            Self::Unix(path) => format!("{}{}", Self::UNIX, path.display()),
            Self::Tcp(address) => address.to_string(),
        }
    }
}

impl fmt::Display for AdminBind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}
