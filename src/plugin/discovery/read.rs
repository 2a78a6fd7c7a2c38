//! Files read whole or not at all, within their bounds.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::places::{Place, Spot};
use crate::config::{ByteSize, Config};
use crate::model::{RejectReason, Rejection};
use crate::plugin::bundle::{Bundle, Origin};
use crate::plugin::manifest::{MANIFEST_FILE, Manifest, SIGNATURE_FILE};
use crate::plugin::store::Parts;

/// What tells a file from what it was: size, times and inode, of the file that a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Print {
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: (u64, u64),
}

impl Print {
    fn of(metadata: &Metadata) -> Self {
        Self {
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            inode: (metadata.dev(), metadata.ino()),
        }
    }

    /// The print of a file as it lies there; `None` if there is no such file.
    pub(super) fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().filter(Metadata::is_file).map(|metadata| Self::of(&metadata))
    }

    /// How long ago it was last written, by the wall clock.
    pub(super) fn age(&self) -> Option<Duration> {
        let seconds = u64::try_from(self.modified.0).ok()?;
        let nanos = u32::try_from(self.modified.1).ok()?;
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos)).ok()
    }
}

/// The prints of all files of a plugin.
pub(super) type Prints = [Option<Print>; 3];

/// Manifests as read before, so that a look at unchanged folders reads nothing.
#[derive(Default)]
pub(super) struct Manifests(HashMap<PathBuf, (Print, Result<Arc<Manifest>, Rejection>)>);

impl Manifests {
    /// The driver's name in a manifest; that of its folder if the manifest cannot be read; `None` if there
    /// is no manifest.
    pub(super) fn name(&mut self, path: &Path, config: &Config) -> Option<String> {
        let print = Print::at(path)?;
        let known = self.0.get(path).is_some_and(|(known, _)| *known == print);
        if !known {
            let read = read_text(path, config.plugins.max_manifest).map_err(|error| unreadable(path, &error));
            let parsed = read.and_then(|text| Manifest::parse(&text)).map(Arc::new);
            self.0.insert(path.to_owned(), (print, parsed));
        }
        match &self.0.get(path)?.1 {
            Ok(manifest) => Some(manifest.name().to_owned()),
            Err(_) => path.parent()?.file_name()?.to_str().map(str::to_owned),
        }
    }

    /// The plugin's id, of a manifest that was read.
    pub(super) fn id(&self, path: &Path) -> Option<String> {
        self.0.get(path)?.1.as_ref().ok().map(|manifest| manifest.id().to_owned())
    }

    /// The prints of a plugin's files: manifest, artifact, signature.
    pub(super) fn prints(&self, place: &Place) -> Prints {
        match place {
            Place::Embedded => [None; 3],
            Place::Component(path) => [None, Print::at(path), None],
            Place::Manifest(path) => {
                let folder = path.parent().unwrap_or(Path::new("."));
                let manifest = self.0.get(path).and_then(|(_, parsed)| parsed.as_ref().ok());
                let signature = manifest.map_or(SIGNATURE_FILE, |manifest| manifest.signature_file());
                [
                    Print::at(path),
                    manifest.and_then(|manifest| Print::at(&folder.join(manifest.artifact()))),
                    Print::at(&folder.join(signature)),
                ]
            }
        }
    }

    /// Forgets manifests that are no longer there.
    pub(super) fn retain(&mut self, there: impl Fn(&Path) -> bool) {
        self.0.retain(|path, _| there(path));
    }
}

/// Reads a plugin at a spot.
pub(super) fn bundle(spot: &Spot, config: &Config) -> Result<Bundle, Rejection> {
    let most = config.wasm.max_component;
    match &spot.place {
        Place::Embedded => super::embedded_bundle()
            .ok_or_else(|| Rejection::new(RejectReason::Unreadable, super::embedded::MISSING)),
        Place::Component(path) => {
            let artifact =
                read(path, most, "wasm.max_component").map_err(|error| unreadable(path, &error))?;
            let parts = Parts { artifact: artifact.into(), manifest: None, signature: None };
            Bundle::new(parts, Origin::File(path.clone()), spot.directory.clone())
        }
        Place::Manifest(path) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            let small = config.plugins.max_manifest;
            let text = read_text(path, small).map_err(|error| unreadable(path, &error))?;
            let manifest = Manifest::parse(&text)?;
            let artifact = folder.join(manifest.artifact());
            let signature = folder.join(manifest.signature_file());
            let bytes =
                read(&artifact, most, "wasm.max_component").map_err(|error| unreadable(&artifact, &error))?;
            let signature = match read_text(&signature, small) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(unreadable(&signature, &error)),
            };
            let parts = Parts { artifact: bytes.into(), manifest: Some(text), signature };
            Bundle::new(parts, Origin::File(path.clone()), spot.directory.clone())
        }
    }
}

/// What lies at a path that an operator names: a component, a `plugin.toml`, or the folder that holds one.
///
/// # Errors
/// If it cannot be read whole, or is over its bound.
pub fn bundle_at(path: &Path, config: &Config) -> Result<Bundle, Rejection> {
    bundle(&Spot { place: Place::at(path), directory: directory_of(path, config) }, config)
}

/// The folder of `plugins.directories` that a path lies in, as the config writes it; the innermost.
pub fn directory_of(path: &Path, config: &Config) -> Option<PathBuf> {
    // A link may lead out of a folder, and then its policy does not count.
    let real = |path: &Path| fs::canonicalize(path).ok();
    let path = real(path)?;
    let folders = config.plugins.directories.iter();
    let holding = folders.filter_map(|folder| Some((real(folder)?, folder)));
    let within = holding.filter(|(real, _)| path.starts_with(real));
    within.max_by_key(|(real, _)| real.components().count()).map(|(_, folder)| folder.clone())
}

fn read_text(path: &Path, most: ByteSize) -> io::Result<String> {
    let bytes = read(path, most, "plugins.max_manifest")?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// A whole file. One that is written to meanwhile, or over its bound, is an error.
fn read(path: &Path, most: ByteSize, key: &str) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let before = file.metadata()?;
    if !before.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    if before.len() > most.bytes() {
        let text = format!("the file has {} bytes; `{key}` allows {most}", before.len());
        return Err(io::Error::other(text));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0));
    (&mut file).take(most.bytes() + 1).read_to_end(&mut bytes)?;
    if Print::of(&before) != Print::of(&file.metadata()?) || bytes.len() as u64 != before.len() {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "it is being written"));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Rejection {
    let hint = match error.kind() {
        io::ErrorKind::NotFound if path.file_name().is_some_and(|name| name == MANIFEST_FILE) => {
            "Name a component, a plugin.toml, or a folder that holds one."
        }
        io::ErrorKind::PermissionDenied => "Let the service's user read it.",
        _ => "",
    };
    Rejection::new(RejectReason::Unreadable, format!("{}: {error}", path.display())).remedy(hint)
}
