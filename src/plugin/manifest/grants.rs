//! What a plugin asks for, and what its operator grants.

use super::Manifest;
use crate::config::{Config, DriverLimits};
use crate::model::{RejectReason, Rejection};

/// The limits that a plugin runs under: what the config grants, or less where the plugin asks for less and
/// the config does not name the limit for this driver.
///
/// # Errors
/// `PLUGIN_SANDBOX_PROFILE_VIOLATION` if it asks for more than it is granted, with the lines of config that
/// would grant it; `PLUGIN_MANIFEST_INVALID` if it asks for what no driver can have.
pub fn grants(manifest: &Manifest, driver: &str, config: &Config) -> Result<DriverLimits, Rejection> {
    let granted = config.limits_of(driver);
    let own = config.drivers.get(driver).map(|driver| driver.limits.clone()).unwrap_or_default();
    let mut details: Vec<String> = manifest
        .limits()
        .beyond(&granted)
        .into_iter()
        .map(|(key, asked, allowed)| {
            format!("it asks for limits.{key}: {asked}, and is granted {allowed}; to grant it: `drivers.{driver}.limits.{key}: {asked}`")
        })
        .collect();
    details.extend(
        manifest
            .egress
            .iter()
            .map(|host| format!("it asks to reach {host}; this host grants no outbound network yet")),
    );
    details.extend(
        manifest
            .secrets
            .iter()
            .map(|name| format!("it asks for the secret `{name}`; this host grants no secrets yet")),
    );
    if let Some(first) = details.first() {
        return Err(Rejection::new(RejectReason::SandboxViolation, first.clone())
            .remedy("Grant it in the config, or ask the plugin's author for a build that needs less.")
            .details(details));
    }
    let limits = own.or(manifest.limits().clone()).resolve(&config.driver_defaults);
    let wrong = config.problems_of(&limits);
    match wrong.first() {
        None => Ok(limits),
        Some(first) => Err(Rejection::new(RejectReason::ManifestInvalid, first.clone())
            .remedy("Correct `[limits]` in the manifest, or set the limit in the config.")
            .details(wrong)),
    }
}
