//! What all drivers share on their way out: bounds, secrets, trusted authorities, and the threads that do the work.
//!
//! The invariant: what a reload of the config changes holds for the next request of every driver; requests under
//! way end as they began.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;

use super::client::Driver;
use super::error::Error;
use super::token::Tokens;
use crate::config::{Config, DriverLimits, Egress, EgressRule, LiveConfig, SecretSource};
use crate::model::DriverName;
use crate::secrets::{CommandPatience, Secret, Secrets};
use crate::telemetry::Telemetry;

/// The way out of this process.
pub struct Network {
    config: LiveConfig,
    setup: ArcSwap<Setup>,
    pub(super) telemetry: Telemetry,
    /// Drivers' own threads may be busy: what comes from outside must not wait for them.
    pub(super) threads: Handle,
}

impl Network {
    /// Must be made within the tokio runtime that is to do the work.
    pub fn new(config: LiveConfig, telemetry: Telemetry) -> Arc<Self> {
        let setup = ArcSwap::from_pointee(Setup::new(&config.load()));
        Arc::new(Self { config, setup, telemetry, threads: Handle::current() })
    }

    /// The way out for one generation of a driver.
    pub fn driver(
        self: &Arc<Self>,
        name: DriverName,
        rules: &[EgressRule],
        limits: &DriverLimits,
    ) -> Arc<Driver> {
        Driver::new(Arc::clone(self), name, rules, limits)
    }

    /// What holds now.
    pub(super) fn setup(&self) -> Arc<Setup> {
        let (config, setup) = (self.config.load(), self.setup.load_full());
        if setup.bounds == config.egress && setup.sources == config.secrets {
            return setup;
        }
        let next = Arc::new(Setup::new(&config));
        self.setup.store(Arc::clone(&next));
        next
    }

    /// A secret for a driver that is given it itself; never a token.
    ///
    /// # Errors
    /// Why there is none, without what it would be.
    pub async fn secret(&self, name: &str) -> Result<Secret, Error> {
        self.plain_secret(name).await
    }

    /// The certificates that count, as PEM, if there are others than the system's.
    ///
    /// # Errors
    /// If those of the operator cannot be read.
    pub fn roots(&self) -> Result<Option<String>, String> {
        let setup = self.setup();
        let Some(file) = &setup.bounds.extra_roots else { return Ok(None) };
        let unreadable = |error| format!("`egress.extra_roots`: {}: {error}", file.display());
        let mut text = std::fs::read_to_string(file).map_err(unreadable)?;
        for certificate in rustls_native_certs::load_native_certs().certs {
            pem(&mut text, &certificate);
        }
        Ok(Some(text))
    }

    /// A secret that is no token.
    pub(super) async fn plain_secret(&self, name: &str) -> Result<Secret, Error> {
        let (setup, wanted) = (self.setup(), name.to_owned());
        let fetched = tokio::task::spawn_blocking(move || setup.secrets.fetch(&wanted)).await;
        match fetched {
            Ok(fetched) => fetched.map_err(|error| Error::no_secret(name, &error.to_string())),
            Err(gone) => Err(Error::no_secret(name, &gone.to_string())),
        }
    }
}

/// What one state of the configuration makes of it.
pub(super) struct Setup {
    pub(super) bounds: Egress,
    sources: BTreeMap<String, SecretSource>,
    secrets: Secrets,
    pub(super) tokens: Tokens,
    tls: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Setup {
    fn new(config: &Config) -> Self {
        let (bounds, sources) = (config.egress.clone(), config.secrets.clone());
        let patience =
            CommandPatience { timeout: bounds.secret_command_timeout, ttl: bounds.secret_command_ttl };
        Self {
            secrets: Secrets::new(&sources, patience),
            tokens: Tokens::new(&sources),
            bounds,
            sources,
            tls: OnceLock::new(),
        }
    }

    /// Read once, by whoever needs it first: reading the system's certificates takes some milliseconds.
    pub(super) fn tls(&self) -> Result<Arc<ClientConfig>, Error> {
        self.tls.get_or_init(|| tls(&self.bounds).map(Arc::new)).clone().map_err(Error::Tls)
    }
}

/// Adds a certificate as text (RFC 7468).
fn pem(text: &mut String, certificate: &[u8]) {
    let encoded = STANDARD.encode(certificate);
    text.push_str("\n-----BEGIN CERTIFICATE-----\n");
    for line in encoded.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
}

/// The system's authorities, and those of the operator.
fn tls(bounds: &Egress) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(file) = &bounds.extra_roots {
        let unreadable = |error| format!("`egress.extra_roots`: {}: {error}", file.display());
        for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
            let certificate = certificate.map_err(unreadable)?;
            roots.add(certificate).map_err(|error| format!("`egress.extra_roots`: {error}"))?;
        }
    }
    if roots.is_empty() {
        return Err("the system has no certificates of authorities; set `egress.extra_roots`".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
