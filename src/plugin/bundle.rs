//! A plugin as it was found or brought: artifact, manifest, signature, and where it came from.

use std::fmt;
use std::path::PathBuf;

use super::manifest::Manifest;
use super::store::Parts;
use crate::model::{Digest, Rejection};

/// How a file ends that is a driver in Python.
pub const PYTHON_SUFFIX: &str = "_driver.py";

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

    /// The kind of runtime it needs. Without a manifest the bytes decide, as they do wherever they come from:
    /// WebAssembly has a magic number, and what comes from a Python file is Python.
    pub fn runtime(&self) -> &str {
        let magic = self.parts.artifact.starts_with(b"\0asm");
        let named =
            matches!(&self.origin, Origin::File(path) if path.to_string_lossy().ends_with(PYTHON_SUFFIX));
        let alone = if named && !magic { "python" } else { "wasm" };
        self.manifest.as_ref().map_or(alone, Manifest::runtime)
    }
}
