//! Where driver components come from: the config, the plugin directories, the binary itself.
//!
//! What is nearer to the operator wins: a path in the config, then the directories in their
//! order, then the simulator that the binary carries.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::model::DriverName;

/// The simulator's component, as built into this binary; empty in a build without guests.
static EMBEDDED_SIMULATOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/simulator.wasm"));
/// The driver that is always there.
pub(super) const SIMULATOR: &str = "simulator";

/// Where a component lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Inside this binary.
    Embedded,
    /// In a file.
    File(PathBuf),
    /// Nowhere, though the config names the driver or the binary should carry it; why.
    Missing(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::File(path) => path.display().fmt(f),
            Self::Missing(_) => f.write_str("missing"),
        }
    }
}

/// A driver that is to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The name under which it will run.
    pub name: DriverName,
    /// Where its component lies.
    pub origin: Origin,
}

impl Artifact {
    /// The component's bytes, at most `limit` of them.
    pub fn read(&self, limit: u64) -> std::io::Result<Arc<[u8]>> {
        match &self.origin {
            Origin::Embedded => Ok(EMBEDDED_SIMULATOR.into()),
            Origin::File(path) => {
                let size = std::fs::metadata(path)?.len();
                if size > limit {
                    let text = format!("the file has {size} bytes; `wasm.max_component` allows {limit}");
                    return Err(std::io::Error::other(text));
                }
                Ok(std::fs::read(path)?.into())
            }
            Origin::Missing(why) => Err(std::io::Error::new(std::io::ErrorKind::NotFound, why.clone())),
        }
    }
}

/// All enabled drivers, each with the origin that wins, by name.
pub fn discover(config: &Config) -> Vec<Artifact> {
    let mut origins = BTreeMap::from([(SIMULATOR.to_owned(), embedded())]);
    for directory in config.plugins.directories.iter().rev() {
        origins.extend(components_in(directory));
        origins.extend(components_in(&directory.join("dist")));
    }
    for (name, driver) in &config.drivers {
        match &driver.component {
            Some(path) => {
                origins.insert(name.clone(), Origin::File(path.clone()));
            }
            None => {
                origins.entry(name.clone()).or_insert_with(|| {
                    Origin::Missing(format!(
                        "no `{name}.wasm` in the plugin directories and no `drivers.{name}.component` in the config"
                    ))
                });
            }
        }
    }
    let enabled = |name: &String| config.drivers.get(name).is_none_or(|driver| driver.enabled);
    origins
        .into_iter()
        .filter(|(name, _)| enabled(name))
        .map(|(name, origin)| Artifact { name: DriverName::new(name), origin })
        .collect()
}

fn embedded() -> Origin {
    if EMBEDDED_SIMULATOR.is_empty() {
        Origin::Missing(
            "this binary was built before the guests; run `cargo xtask guests`, then build it again"
                .to_owned(),
        )
    } else {
        Origin::Embedded
    }
}

/// `NAME.wasm` files of a directory; one that does not exist holds none.
fn components_in(directory: &Path) -> Vec<(String, Origin)> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), Origin::File(path))))
        .collect()
}
