//! What a driver in Python has beyond its own process: its way out, and its secrets.
//!
//! The invariant: a worker's only way out that the host makes is the proxy of its generation, and what a worker was
//! given is known by the host as long as the worker lives, so that it can be kept out of what the worker says.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroize as _;

use crate::config::DriverLimits;
use crate::driver::Source;
use crate::egress::Network;
use crate::egress::proxy::{Proxy, unenforceable};
use crate::model::{DriverName, RejectReason, Rejection};
use crate::secrets::{Secret, Veil};

/// The variables by which clients of HTTP find a proxy.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
/// Those by which they find certificates of authorities: OpenSSL, requests, botocore.
const ROOTS: [&str; 3] = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"];
/// The file with certificates, in a worker's own folder.
const ROOTS_FILE: &str = "authorities.pem";

/// What one generation has.
pub(super) struct Way {
    network: Arc<Network>,
    proxy: Option<Proxy>,
    /// By the names that the driver asks for, those of the config.
    wanted: BTreeMap<String, String>,
}

/// The secrets that one worker was given.
pub(super) struct Given {
    secrets: BTreeMap<String, Secret>,
    /// Over them, and over the credential of the proxy.
    pub(super) veil: Veil,
}

impl Way {
    /// The way of a driver: a proxy is started if anything may be reached.
    ///
    /// # Errors
    /// If a rule cannot be kept, or there is no port for the proxy.
    pub(super) async fn prepare(network: &Arc<Network>, source: &Source) -> Result<Self, Rejection> {
        let Source { name, egress, limits, .. } = source;
        if let Some((index, why)) = unenforceable(egress) {
            let text = format!(
                "`drivers.{name}.egress[{index}]`: a Python driver makes its own TLS connections, in which the host \
                 cannot hold it to {why}"
            );
            return Err(Rejection::new(RejectReason::StartFailed, text).remedy(
                "Grant the host as a whole (`url: https://HOST/` alone), and give the driver its key by \
                 `drivers.NAME.secrets`.",
            ));
        }
        let proxy = if egress.is_empty() { None } else { Some(proxy(network, name, source, limits).await?) };
        Ok(Self { network: Arc::clone(network), proxy, wanted: source.secrets.clone() })
    }

    /// Fetches what a new worker is to be given.
    ///
    /// # Errors
    /// Why a secret cannot be had, for the operator.
    pub(super) async fn secrets(&self) -> Result<Given, String> {
        let mut secrets = BTreeMap::new();
        for (wanted, name) in &self.wanted {
            let secret = self.network.secret(name).await.map_err(|error| error.to_string())?;
            secrets.insert(wanted.clone(), secret);
        }
        let veil = Veil::over(secrets.values().chain(self.proxy.as_ref().map(Proxy::password)));
        Ok(Given { secrets, veil })
    }

    /// Whether other secrets would be given now. Where one cannot be had, the old one stays.
    pub(super) async fn has_changed(&self, given: &Given) -> bool {
        for (wanted, name) in &self.wanted {
            let before = given.secrets.get(wanted).map(Secret::reveal);
            if self.network.secret(name).await.is_ok_and(|now| Some(now.reveal()) != before) {
                return true;
            }
        }
        false
    }

    /// Whether any are given at all.
    pub(super) fn has_secrets(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Where on the loopback interface its way out begins, if it has one.
    pub(super) fn port(&self) -> Option<u16> {
        self.proxy.as_ref().map(Proxy::port)
    }

    /// What a worker is told of its way out, as environment variables. What does not fit into one lies in `folder`.
    pub(super) fn environment(&self, folder: &Path) -> io::Result<Vec<(&'static str, OsString)>> {
        let Some(proxy) = &self.proxy else { return Ok(Vec::new()) };
        let url = proxy.url();
        let mut variables: Vec<_> = PROXY.map(|name| (name, OsString::from(url.as_str()))).into();
        if let Some(roots) = self.network.roots().map_err(io::Error::other)? {
            let file = folder.join(ROOTS_FILE);
            std::fs::write(&file, roots)?;
            // The worker may be another user.
            std::fs::set_permissions(&file, Permissions::from_mode(0o644))?;
            variables.extend(ROOTS.map(|name| (name, file.clone().into_os_string())));
        }
        Ok(variables)
    }
}

impl Given {
    /// As they go into a message, which must be wiped.
    pub(super) fn revealed(&self) -> HashMap<String, String> {
        self.secrets.iter().map(|(name, secret)| (name.clone(), secret.reveal().to_owned())).collect()
    }
}

/// Overwrites what a message held.
pub(super) fn wipe(secrets: &mut HashMap<String, String>) {
    for secret in secrets.values_mut() {
        secret.zeroize();
    }
}

async fn proxy(
    network: &Arc<Network>,
    name: &DriverName,
    source: &Source,
    limits: &DriverLimits,
) -> Result<Proxy, Rejection> {
    Proxy::start(network, name.clone(), &source.egress, limits).await.map_err(|error| {
        Rejection::new(RejectReason::StartFailed, format!("its way out cannot be opened: {error}"))
            .remedy("See to it that this process may listen on the loopback address.")
    })
}
