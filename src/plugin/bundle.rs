//! A plugin as it was found or brought: artifact, manifest, signature, and where it came from.

use std::fmt;
use std::path::PathBuf;

use super::manifest::Manifest;
use super::store::Parts;
use crate::model::{Digest, Rejection};

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Inside this binary.
    Embedded,
    /// A file: the component, or the `plugin.toml`.
    File(PathBuf),
    /// Brought by an operator's call.
    Upload,
}

impl Origin {
    /// Reads what [`Origin`] writes.
    pub fn parse(text: &str) -> Self {
        match text {
            "embedded" => Self::Embedded,
            "upload" => Self::Upload,
            path => Self::File(PathBuf::from(path)),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::File(path) => path.display().fmt(f),
            Self::Upload => f.write_str("upload"),
        }
    }
}

/// A plugin, whole.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// What it consists of.
    pub parts: Parts,
    /// Of the artifact.
    pub digest: Digest,
    /// Of all parts together.
    pub id: Digest,
    /// The manifest, read.
    pub manifest: Option<Manifest>,
    /// Where it came from.
    pub origin: Origin,
    /// The plugin directory that it lay in, as the config writes it: decides on the trust policy.
    pub directory: Option<PathBuf>,
}

impl Bundle {
    /// A bundle of these parts; reads the manifest.
    pub fn new(parts: Parts, origin: Origin, directory: Option<PathBuf>) -> Result<Self, Rejection> {
        let manifest = parts.manifest.as_deref().map(Manifest::parse).transpose()?;
        Ok(Self {
            digest: Digest::of(&parts.artifact),
            id: parts.digest(),
            parts,
            manifest,
            origin,
            directory,
        })
    }

    /// The kind of runtime it needs; a component alone is WebAssembly.
    pub fn runtime(&self) -> &str {
        self.manifest.as_ref().map_or("wasm", Manifest::runtime)
    }
}
