//! Before a component is linked: does it fit this host? Each difference is one readable line.

use wasmtime::Engine;
use wasmtime::component::Component;

/// The interface drivers export, without version.
const DRIVER: &str = "eigen:qdriver/driver";
/// The interface drivers may import, without version.
const HOST: &str = "eigen:qdriver/host";
/// Shared types; they hold no functions.
const TYPES: &str = "eigen:qdriver/types";
/// The version of `eigen:qdriver` (folder `wit/`) that this host offers.
pub const VERSION: &str = "1.0.0";
/// WASI packages that are linked (and empty), in any 0.2 version.
const WASI: [&str; 6] =
    ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/"];

/// Something about a component that this host does not offer or expects otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Imports something that is not offered.
    #[error(
        "imports `{0}`, which this host does not offer; build the driver against eigen:qdriver@{VERSION} and WASI 0.2"
    )]
    UnknownImport(String),
    /// Imports or exports another version.
    #[error(
        "uses `{found}`, but this host offers version {VERSION}; rebuild the driver with the SDK of that version"
    )]
    OtherVersion {
        /// The interface and version found.
        found: String,
    },
    /// Does not export the driver interface at all.
    #[error("does not export `{DRIVER}@{VERSION}`; export a driver with `eigen_qdriver::export!`")]
    NoDriver,
}

/// All differences by name and version; types are checked when linking.
pub(super) fn differences(engine: &Engine, component: &Component) -> Vec<Difference> {
    let component = component.component_type();
    let imports = component.imports(engine).filter_map(|(name, _)| import(name));
    imports.chain(export(component.exports(engine).map(|(name, _)| name))).collect()
}

fn import(import: &str) -> Option<Difference> {
    let (name, version) = split(import);
    if WASI.iter().any(|package| name.starts_with(package)) && version.starts_with("0.2.") {
        return None;
    }
    match name {
        HOST | TYPES if version == VERSION => None,
        HOST | TYPES => Some(Difference::OtherVersion { found: import.to_owned() }),
        _ => Some(Difference::UnknownImport(import.to_owned())),
    }
}

fn export<'a>(exports: impl Iterator<Item = &'a str>) -> Option<Difference> {
    let mut other = None;
    for export in exports {
        match split(export) {
            (DRIVER, VERSION) => return None,
            (DRIVER, _) => other = Some(Difference::OtherVersion { found: export.to_owned() }),
            _ => {}
        }
    }
    Some(other.unwrap_or(Difference::NoDriver))
}

fn split(name: &str) -> (&str, &str) {
    name.split_once('@').unwrap_or((name, ""))
}
