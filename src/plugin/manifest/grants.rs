//! What a plugin asks for, and what its operator grants.

use super::Manifest;
use crate::config::{Config, DriverLimits, EgressRule, EgressTarget};
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
    let rules = config.drivers.get(driver).map(|driver| driver.egress.as_slice()).unwrap_or_default();
    let missing = manifest.egress.iter().filter(|url| !rules.iter().any(|rule| covers(rule, url)));
    details.extend(missing.map(|url| {
        format!("it asks to reach {url}; to grant it: `drivers.{driver}.egress: [{{url: \"{url}\"}}]`")
    }));
    let given = config.drivers.get(driver).map(|driver| driver.secrets.clone()).unwrap_or_default();
    let used = |name: &String| {
        given.contains_key(name)
            || rules.iter().any(|rule| rule.secret.as_ref().is_some_and(|used| used.name == *name))
    };
    details.extend(manifest.secrets.iter().filter(|name| !used(name)).map(|name| {
        if manifest.runtime() == "python" {
            return format!("it asks for the secret `{name}`; to grant it: `drivers.{driver}.secrets: {{{name}: NAME_IN_SECRETS}}`");
        }
        format!("it asks for the secret `{name}`; to grant it, name it in `secret` of a rule in `drivers.{driver}.egress`")
    }));
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

/// Whether a rule lets everything through that a plugin asks for by this URL.
fn covers(rule: &EgressRule, asked: &str) -> bool {
    let asked = EgressTarget::parse(&EgressRule { url: asked.to_owned(), ..rule.clone() });
    let (Ok(granted), Ok(asked)) = (EgressTarget::parse(rule), asked) else { return false };
    let same_host = granted.host == asked.host && (granted.any_subdomain || !asked.any_subdomain);
    // A star grants its sub-domains, and not the name behind it.
    let below = granted.any_subdomain
        && asked.host.strip_suffix(&granted.host).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
    let host = below || (same_host && granted.any_subdomain == asked.any_subdomain);
    host && granted.scheme == asked.scheme
        && granted.port == asked.port
        && asked.prefix.starts_with(&granted.prefix)
}
