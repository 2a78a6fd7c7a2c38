//! The Python environment of the drivers in `plugins/python`, for their tests: made once for each list of requirements.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::process;
use crate::project::Project;

/// The list, relative to the root.
const REQUIREMENTS: &str = "plugins/python/requirements.txt";
/// Below the target folder, where the tests look for it.
const HOME: &str = "python-sdks";

/// Debian's interpreter, which every user may run, unlike one below somebody's home: workers may be another user.
const SYSTEM: &str = "/usr/bin/python3";

const LIMIT: Duration = Duration::from_mins(30);

/// Brings the environment up to date.
pub fn build(project: &Project) -> Result<()> {
    let home = project.target().join(HOME);
    let (python, stamp) = (home.join("bin/python"), home.join("requirements"));
    let interpreter = if Path::new(SYSTEM).exists() { SYSTEM } else { "python3" };
    let wanted = format!("# {interpreter}\n{}", fs::read_to_string(project.root().join(REQUIREMENTS))?);
    if python.is_file() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let log = project.log("xtask", "python-sdks")?;
    let mut make = project.command(interpreter, ".");
    make.args(["-m", "venv", "--clear"]).arg(&home);
    process::logged("make a Python environment", &mut make, &log, LIMIT)
        .context("Python's venv module is needed: run `sudo apt-get install -y python3-venv`")?;
    let mut install = project.command(&python, ".");
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]);
    process::logged("install the SDKs of Python drivers (once)", &mut install, &log, LIMIT)?;
    fs::write(stamp, wanted)?;
    Ok(())
}
