//! The Python worker: built, and put into one folder that the host starts it from.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::process;
use crate::project::{self, Project};

/// The workspace of the worker, relative to the root.
pub const FOLDER: &str = "python-bridge";

/// No Python is needed to build the worker; without this the build looks for one.
pub const BUILD_WITHOUT_PYTHON: (&str, &str) = ("PYO3_BUILD_EXTENSION_MODULE", "1");

const LIMIT: Duration = Duration::from_mins(30);

/// Builds the worker and brings `python-bridge/dist/` up to date.
pub fn build(project: &Project) -> Result<()> {
    let workspace = project.root().join(FOLDER);
    let mut cargo = project.cargo(FOLDER);
    cargo.args(["build", "--release", "--package", "eigen-worker"]);
    cargo.env(BUILD_WITHOUT_PYTHON.0, BUILD_WITHOUT_PYTHON.1);
    let log = project.log("xtask", "build-python-worker")?;
    process::logged("build the Python worker", &mut cargo, &log, LIMIT)?;

    let metadata = project::metadata(project, &workspace)?;
    let target = metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
    let dist = workspace.join("dist");
    fs::create_dir_all(&dist).with_context(|| format!("cannot create {}", dist.display()))?;
    copy(&Path::new(target).join("release/libeigen_worker.so"), &dist.join("eigen_worker.so"))?;
    copy(&workspace.join("bootstrap.py"), &dist.join("bootstrap.py"))?;
    package(&workspace.join("package/eigen_driver"), &dist.join("eigen_driver"))
}

/// Runs the tests of the package that drivers import.
pub fn package_tests(project: &Project) -> Result<()> {
    let mut python = project.command("python3", FOLDER);
    python.args(["-m", "unittest", "discover", "-s", "package/tests"]);
    process::logged("python unittest", &mut python, &project.log("xtask", "test-python-package")?, LIMIT)
}

/// Copies the sources of a package, and leaves out what an interpreter has made of them.
fn package(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot remove {}", to.display()))?;
    }
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() && name != "__pycache__" {
            package(&path, &to.join(name))?;
        } else if path.is_file() {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// Beside and then in place: a worker that runs keeps the file it has mapped.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let beside = to.with_extension("new");
    fs::copy(from, &beside).with_context(|| format!("cannot copy {}", from.display()))?;
    fs::rename(&beside, to).with_context(|| format!("cannot replace {}", to.display()))
}
