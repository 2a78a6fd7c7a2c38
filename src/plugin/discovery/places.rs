//! Which files belong to which driver, by a look at the folders alone.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

use super::read::Manifests;
use crate::config::{Config, SIMULATOR, is_driver_name};
use crate::model::{DriverName, RejectReason, Rejection};
use crate::plugin::bundle::PYTHON_SUFFIX;
use crate::plugin::manifest::MANIFEST_FILE;

/// Where the files of one plugin lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Inside this binary.
    Embedded,
    /// A component without a manifest.
    Component(PathBuf),
    /// A manifest, which names the artifact.
    Manifest(PathBuf),
}

impl Place {
    /// A path as an operator names it: a component, a `plugin.toml`, or the folder that holds one.
    pub(super) fn at(path: &Path) -> Self {
        if path.is_dir() {
            Self::Manifest(path.join(MANIFEST_FILE))
        } else if path.file_name().is_some_and(|name| name == MANIFEST_FILE) {
            Self::Manifest(path.to_owned())
        } else {
            Self::Component(path.to_owned())
        }
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Self::Embedded => "embedded".to_owned(),
            Self::Component(path) | Self::Manifest(path) => path.display().to_string(),
        }
    }
}

/// The driver that a file `NAME_driver.py` is; names of drivers have `-` where those of modules have `_`.
fn python_driver(path: &Path) -> Option<String> {
    let stem = path.file_name()?.to_str()?.strip_suffix(PYTHON_SUFFIX)?;
    Some(stem.replace('_', "-"))
}

/// A plugin's place, and the folder of the config that it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) place: Place,
    pub(super) directory: Option<PathBuf>,
}

/// All places, each driver with the one that wins, and what cannot be a place.
#[derive(Default)]
pub(super) struct Places {
    pub(super) spots: BTreeMap<DriverName, Spot>,
    pub(super) refused: Vec<(DriverName, String, Rejection)>,
}

/// Looks at config and folders.
pub(super) fn places(config: &Config, manifests: &mut Manifests) -> Places {
    let mut all = Places::default();
    for (name, driver) in config.drivers.iter().filter(|(_, driver)| driver.enabled) {
        if let Some(path) = &driver.component {
            let directory = super::directory_of(path, config);
            all.spots.insert(DriverName::new(name.as_str()), Spot { place: Place::at(path), directory });
        }
    }
    for directory in &config.plugins.directories {
        for folder in [directory.clone(), directory.join("dist")] {
            all.look_into(&folder, directory, config, manifests);
        }
    }
    all.complete(config);
    all.one_driver_an_id(manifests);
    let most = config.plugins.max_plugins;
    while all.spots.len() > most
        && let Some((name, spot)) = all.spots.pop_last()
    {
        tracing::warn!(
            driver_name = name.as_str(),
            origin = spot.place.shown(),
            most,
            "ignored: `plugins.max_plugins` is reached"
        );
    }
    all
}

impl Places {
    /// Components and plugin folders of one folder; one that does not exist holds none.
    fn look_into(&mut self, folder: &Path, directory: &Path, config: &Config, manifests: &mut Manifests) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        let mut here: BTreeMap<DriverName, Place> = BTreeMap::new();
        for path in paths {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            let found = if hidden {
                None
            } else if path.extension().is_some_and(|extension| extension == "wasm") {
                path.file_stem()
                    .and_then(|stem| stem.to_str())
                    .map(|stem| (stem.to_owned(), Place::Component(path.clone())))
            } else if let Some(name) = python_driver(&path) {
                Some((name, Place::Component(path.clone())))
            } else {
                let manifest = path.join(MANIFEST_FILE);
                manifests.name(&manifest, config).map(|name| (name, Place::Manifest(manifest)))
            };
            let Some((name, place)) = found else { continue };
            if !is_driver_name(&name) {
                let text = format!(
                    "`{}` is no driver name: 1 to 64 of `a` to `z`, `0` to `9` and `-`",
                    name.escape_debug()
                );
                let rejection = Rejection::new(RejectReason::ManifestInvalid, text)
                    .remedy("Rename the file, or give it a plugin.toml with `driver.name`.");
                let shown: String = name.chars().filter(char::is_ascii_graphic).take(64).collect();
                self.refused.push((DriverName::new(shown), place.shown(), rejection));
                continue;
            }
            match here.entry(DriverName::new(name)) {
                Entry::Vacant(free) => _ = free.insert(place),
                Entry::Occupied(first) => {
                    let text = format!(
                        "{} and {} both are driver `{}`",
                        first.get().shown(),
                        place.shown(),
                        first.key()
                    );
                    let rejection = Rejection::new(RejectReason::DuplicateId, text)
                        .remedy("Keep one of them; the first is taken meanwhile.");
                    self.refused.push((first.key().clone(), place.shown(), rejection));
                }
            }
        }
        let enabled =
            |name: &DriverName| config.drivers.get(name.as_str()).is_none_or(|driver| driver.enabled);
        for (name, place) in here.into_iter().filter(|(name, _)| enabled(name)) {
            let directory = Some(directory.to_owned());
            self.spots.entry(name).or_insert(Spot { place, directory });
        }
    }

    /// The simulator, and drivers that the config names but that are nowhere.
    fn complete(&mut self, config: &Config) {
        for (name, _) in config.drivers.iter().filter(|(_, driver)| driver.enabled) {
            let driver = DriverName::new(name.as_str());
            if self.spots.contains_key(&driver) {
                continue;
            }
            let missing = if name != SIMULATOR {
                format!(
                    "no `{name}.wasm` in the plugin directories and no `drivers.{name}.component` in the config"
                )
            } else if super::embedded_digest().is_some() {
                self.spots.insert(driver, Spot { place: Place::Embedded, directory: None });
                continue;
            } else {
                super::embedded::MISSING.to_owned()
            };
            self.refused.push((
                driver,
                "missing".to_owned(),
                Rejection::new(RejectReason::Unreadable, missing),
            ));
        }
    }

    /// Two drivers must not be one plugin.
    fn one_driver_an_id(&mut self, manifests: &Manifests) {
        let mut owners: BTreeMap<String, DriverName> = BTreeMap::new();
        let mut twice = Vec::new();
        for (name, spot) in &self.spots {
            let Place::Manifest(path) = &spot.place else { continue };
            let Some(id) = manifests.id(path) else { continue };
            match owners.entry(id) {
                Entry::Vacant(free) => _ = free.insert(name.clone()),
                Entry::Occupied(first) => {
                    let text = format!(
                        "drivers `{}` and `{name}` have the same plugin_id `{}`",
                        first.get(),
                        first.key()
                    );
                    let rejection = Rejection::new(RejectReason::DuplicateId, text)
                        .remedy("Give each plugin an id of its own, or remove one.");
                    twice.push((name.clone(), spot.place.shown(), rejection));
                }
            }
        }
        for (name, ..) in &twice {
            self.spots.remove(name);
        }
        self.refused.extend(twice);
    }
}
