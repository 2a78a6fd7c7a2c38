//! `cargo xtask guests`: the drivers that run in the sandbox, built and put where the host finds them.
//!
//! Each workspace of guests has a `dist/` folder with one component per driver. A file there changes only
//! when its bytes do, so that a build that embeds or caches it is not repeated for nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::process;
use crate::project::{self, Project};
use crate::toolchain::{TARGET, Toolchain};

/// A workspace of guests.
#[derive(Clone, Copy)]
pub struct Guests {
    /// Its folder, relative to the root.
    pub folder: &'static str,
    /// What people call them.
    pub name: &'static str,
}

/// The drivers that come with the project.
pub const PLUGINS: Guests = Guests { folder: "plugins", name: "drivers" };

/// The misbehaving drivers that the integration tests contain.
pub const FIXTURES: Guests = Guests { folder: "tests/guests", name: "test fixtures" };

/// The first eight bytes of every component: the magic, and the layer that tells it from a core module.
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// The first build may compile a standard library.
const LIMIT: Duration = Duration::from_hours(1);

impl Guests {
    /// Whether the workspace is there at all.
    pub fn exist(self, project: &Project) -> bool {
        project.root().join(self.folder).join("Cargo.toml").is_file()
    }

    /// A name for log files.
    pub fn slug(self) -> String {
        self.folder.replace('/', "-")
    }
}

/// Builds every driver of the workspace and brings its `dist/` up to date.
pub fn build(project: &Project, toolchain: &Toolchain, guests: Guests) -> Result<()> {
    let workspace = project.root().join(guests.folder);
    let metadata = project::metadata(project, &workspace)?;
    let packages = drivers(&metadata);
    ensure!(!packages.is_empty(), "no package of {} makes a component (crate-type cdylib)", guests.folder);

    let mut cargo = toolchain.build(project, &workspace);
    for package in &packages {
        cargo.args(["--package", package]);
    }
    let log = project.log("xtask", &format!("build-{}", guests.slug()))?;
    process::logged(&format!("build {} {}", packages.len(), guests.name), &mut cargo, &log, LIMIT)?;

    let target = metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
    let built = Path::new(target).join(TARGET).join("release");
    let dist = workspace.join("dist");
    fs::create_dir_all(&dist).with_context(|| format!("cannot create {}", dist.display()))?;
    for package in &packages {
        let component = built.join(format!("{}.wasm", package.replace('-', "_")));
        publish(&component, &dist.join(file_name(package)))?;
    }
    Ok(())
}

/// The packages that become components: those with a library of type `cdylib`.
fn drivers(metadata: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let is_driver = |package: &Value| {
        let kinds = list(&package["targets"])
            .iter()
            .flat_map(|target| list(&target["crate_types"]))
            .collect::<Vec<_>>();
        kinds.iter().any(|kind| kind == "cdylib")
    };
    let packages = list(&metadata["packages"]);
    packages
        .iter()
        .filter(|package| is_driver(package))
        .filter_map(|package| Some(package["name"].as_str()?.to_owned()))
        .collect()
}

/// The component's file: the package's name without the prefix that says whose it is.
fn file_name(package: &str) -> String {
    format!("{}.wasm", package.strip_prefix("eigen-").unwrap_or(package))
}

/// Copies a component to its place, unless it is there already. The place never holds half a file.
fn publish(built: &Path, place: &PathBuf) -> Result<()> {
    let bytes = fs::read(built).with_context(|| format!("cannot read {}", built.display()))?;
    ensure!(
        bytes.starts_with(&COMPONENT),
        "{} is not a component: its linker was not wasm-component-ld",
        built.display()
    );
    if fs::read(place).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let partial = place.with_extension("partial");
    fs::write(&partial, &bytes).with_context(|| format!("cannot write {}", partial.display()))?;
    fs::rename(&partial, place).with_context(|| format!("cannot write {}", place.display()))?;
    eprintln!("    {} ({} KiB)", place.display(), bytes.len().div_ceil(1024));
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn only_packages_with_a_cdylib_are_drivers() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "eigen-qdriver", "targets": [{ "crate_types": ["lib"] }] },
            { "name": "eigen-simulator", "targets": [{ "crate_types": ["rlib", "cdylib"] }, { "crate_types": ["bin"] }] },
        ] });
        assert_eq!(drivers(&metadata), ["eigen-simulator"]);
        assert!(drivers(&Value::Null).is_empty());
    }

    #[test]
    fn a_driver_is_called_by_its_own_name() {
        assert_eq!(file_name("eigen-simulator"), "simulator.wasm");
        assert_eq!(file_name("memory-bomb"), "memory-bomb.wasm");
    }

    #[test]
    fn a_core_module_is_not_published_and_an_equal_component_not_rewritten() {
        let folder = std::env::temp_dir().join(format!("xtask-guests-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (built, place) = (folder.join("built.wasm"), folder.join("place.wasm"));

        fs::write(&built, b"\0asm\x01\0\0\0").unwrap();
        assert!(publish(&built, &place).unwrap_err().to_string().contains("is not a component"));
        assert!(!place.exists());

        fs::write(&built, COMPONENT).unwrap();
        publish(&built, &place).unwrap();
        let first = fs::metadata(&place).unwrap().modified().unwrap();
        publish(&built, &place).unwrap();
        assert_eq!(fs::metadata(&place).unwrap().modified().unwrap(), first);
        fs::remove_dir_all(&folder).unwrap();
    }
}
