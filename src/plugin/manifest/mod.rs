//! `plugin.toml`: who a plugin is, what it fits, what it asks for.
//!
//! A superset of the platform's manifest schema 2.1.0. Keys of the platform that say nothing to this host
//! are accepted and left alone; in our own tables (`[driver]`, `[limits]`, `[egress]`, `[secrets]`) an
//! unknown key is a mistake. The invariant: a [`Manifest`] that was parsed is whole; what it asks for is a
//! request, and [`grants`] says what it gets.

mod grants;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::Deserialize;

pub(super) use grants::grants;

use crate::config::LimitOverrides;
use crate::model::{Digest, RejectReason, Rejection};

/// The version of the Eigen OS platform that this host belongs to (`eigen_os_compatibility`).
pub const PLATFORM_VERSION: Version = Version::new(0, 6, 0);
/// The version of `eigen:qdriver` that this host offers (`plugin_api_version`).
pub const INTERFACE_VERSION: Version = Version::new(1, 0, 0);
/// The manifest schema that this host knows; any 2.x is read.
const SCHEMA_MAJOR: u64 = 2;
/// The file beside the manifest that holds its signature, unless `signature_bundle_ref` names another.
pub const SIGNATURE_FILE: &str = "plugin.toml.sig";
/// The manifest's own file name.
pub const MANIFEST_FILE: &str = "plugin.toml";

/// A manifest, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    id: String,
    version: Version,
    api: Version,
    platform: VersionReq,
    signature_file: String,
    driver: DriverTable,
    digest: Option<Digest>,
    /// Limits that it asks for.
    limits: LimitOverrides,
    /// Hosts that it asks to reach.
    egress: Vec<String>,
    /// Secrets that it asks for, by name.
    secrets: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Raw {
    manifest_schema_version: String,
    plugin_id: String,
    plugin_version: String,
    plugin_type: String,
    plugin_api_version: String,
    eigen_os_compatibility: String,
    signature_bundle_ref: Option<String>,
    driver: DriverTable,
    #[serde(default)]
    limits: LimitOverrides,
    #[serde(default)]
    egress: Egress,
    #[serde(default)]
    secrets: Secrets,
    /// The platform's other keys.
    #[serde(flatten)]
    _others: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DriverTable {
    name: String,
    #[serde(default = "wasm")]
    runtime: String,
    artifact: String,
    artifact_digest: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Egress {
    allow: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Secrets {
    names: Vec<String>,
}

fn wasm() -> String {
    "wasm".to_owned()
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// `PLUGIN_MANIFEST_INVALID` with a line for each mistake.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let line =
                error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            invalid(vec![format!("line {line}: {}", crate::config::readable(error.message()))])
        })?;
        let mut mistakes = Vec::new();
        let mut wrong = |key: &str, what: String| {
            mistakes.push(format!("line {}: {key}: {what}", line_of(text, key)));
        };
        let version = |key: &str, text: &str, wrong: &mut dyn FnMut(&str, String)| {
            Version::parse(text).unwrap_or_else(|error| {
                wrong(key, format!("`{text}` is no version ({error}); such as `1.4.0`"));
                Version::new(0, 0, 0)
            })
        };
        let schema = version("manifest_schema_version", &raw.manifest_schema_version, &mut wrong);
        let plugin = version("plugin_version", &raw.plugin_version, &mut wrong);
        let api = version("plugin_api_version", &raw.plugin_api_version, &mut wrong);
        let platform = VersionReq::parse(&raw.eigen_os_compatibility).unwrap_or_else(|error| {
            let text = &raw.eigen_os_compatibility;
            wrong(
                "eigen_os_compatibility",
                format!("`{text}` is no range ({error}); such as `>=0.6.0,<1.0.0`"),
            );
            VersionReq::STAR
        });
        if raw.plugin_type != "driver" {
            wrong("plugin_type", format!("`{}` is not `driver`", raw.plugin_type));
        }
        if !is_reverse_dns(&raw.plugin_id) {
            wrong(
                "plugin_id",
                format!("`{}` is no reverse DNS name; such as `com.example.lab`", raw.plugin_id),
            );
        }
        if !crate::config::is_driver_name(&raw.driver.name) {
            let text =
                format!("`{}` is no driver name: 1 to 64 of `a` to `z`, `0` to `9` and `-`", raw.driver.name);
            wrong("name", text);
        }
        if !matches!(raw.driver.runtime.as_str(), "wasm" | "python") {
            wrong("runtime", format!("`{}` is neither `wasm` nor `python`", raw.driver.runtime));
        }
        for (key, file) in [
            ("artifact", Some(raw.driver.artifact.as_str())),
            ("signature_bundle_ref", raw.signature_bundle_ref.as_deref()),
        ] {
            if file.is_some_and(|file| !is_plain_file(file)) {
                wrong(key, "must be a file name in the manifest's own folder, without `/`".to_owned());
            }
        }
        // Signing writes two of them: it must not write over the third.
        let signature = raw.signature_bundle_ref.as_deref().unwrap_or(SIGNATURE_FILE);
        if raw.driver.artifact == MANIFEST_FILE || raw.driver.artifact == signature {
            wrong("artifact", format!("`{}` is the manifest or its signature", raw.driver.artifact));
        }
        if signature == MANIFEST_FILE {
            wrong("signature_bundle_ref", "is the manifest itself".to_owned());
        }
        let digest = raw.driver.artifact_digest.as_deref().and_then(|text| {
            text.parse::<Digest>().map_err(|error| wrong("artifact_digest", error.to_string())).ok()
        });
        if !mistakes.is_empty() {
            return Err(invalid(mistakes));
        }
        if schema.major != SCHEMA_MAJOR {
            let text = format!("the manifest is of schema {schema}; this host reads {SCHEMA_MAJOR}.x");
            return Err(Rejection::new(RejectReason::UnsupportedApi, text)
                .remedy("Write the manifest in schema 2.1.0, as docs/plugins.md has it."));
        }
        Ok(Self {
            id: raw.plugin_id,
            version: plugin,
            api,
            platform,
            signature_file: raw.signature_bundle_ref.unwrap_or_else(|| SIGNATURE_FILE.to_owned()),
            driver: raw.driver,
            digest,
            limits: raw.limits,
            egress: raw.egress.allow,
            secrets: raw.secrets.names,
        })
    }

    /// Whether the plugin fits this platform and this interface.
    ///
    /// # Errors
    /// `COMPAT_VERSION_MISMATCH` or `COMPAT_UNSUPPORTED_PLUGIN_API`.
    pub fn compatible(&self) -> Result<(), Rejection> {
        if !self.platform.matches(&PLATFORM_VERSION) {
            let text =
                format!("it is made for Eigen OS {}; this host belongs to {PLATFORM_VERSION}", self.platform);
            return Err(Rejection::new(RejectReason::VersionMismatch, text).remedy(
                "Install a release of the plugin for this platform, or widen `eigen_os_compatibility`.",
            ));
        }
        let api = &self.api;
        // An interface may grow within its major version: a host of 1.2 runs what was built for 1.0.
        if api.major != INTERFACE_VERSION.major || *api > INTERFACE_VERSION {
            let text = format!("it is built for eigen:qdriver {api}; this host offers {INTERFACE_VERSION}");
            return Err(Rejection::new(RejectReason::UnsupportedApi, text)
                .remedy(format!("Build it against eigen:qdriver@{INTERFACE_VERSION} (folder wit/).")));
        }
        Ok(())
    }

    /// The driver's name.
    pub fn name(&self) -> &str {
        &self.driver.name
    }

    /// The plugin's id, a reverse DNS name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Plugin id and version, as people read them.
    pub fn id_and_version(&self) -> (String, String) {
        (self.id.clone(), self.version.to_string())
    }

    /// What runs it: `wasm` or `python`.
    pub fn runtime(&self) -> &str {
        &self.driver.runtime
    }

    /// The artifact's file name, in the manifest's folder.
    pub fn artifact(&self) -> &str {
        &self.driver.artifact
    }

    /// The digest that the artifact must have.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The signature's file name, in the manifest's folder.
    pub fn signature_file(&self) -> &str {
        &self.signature_file
    }

    /// The limits that it asks for.
    pub fn limits(&self) -> &LimitOverrides {
        &self.limits
    }
}

fn invalid(details: Vec<String>) -> Rejection {
    let first = details.first().cloned().unwrap_or_default();
    Rejection::new(RejectReason::ManifestInvalid, format!("{MANIFEST_FILE}: {first}"))
        .details(details)
        .remedy("Correct the manifest; docs/plugins.md lists its keys.")
}

/// The line where a key is written, for people; 1 if it is not found.
fn line_of(text: &str, key: &str) -> usize {
    let written = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(written).map_or(1, |index| index + 1)
}

fn is_reverse_dns(id: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
            })
    };
    id.len() <= 253 && id.contains('.') && id.split('.').all(label)
}

fn is_plain_file(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0'])
}
