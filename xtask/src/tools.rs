//! Cargo's sub-commands that a minimal installation of Rust lacks.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::process;
use crate::project::Project;

/// Building one from source takes minutes on a small machine.
const LIMIT: Duration = Duration::from_hours(1);

/// The user's own, or one in the target folder, built quickly rather than well.
pub fn cargo_tool(project: &Project, name: &str, version: &str) -> Result<PathBuf> {
    let tools = project.target().join("tools");
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path).chain([tools.join("bin")]);
    if let Some(found) = folders.by_ref().map(|folder| folder.join(name)).find(|file| file.is_file()) {
        return Ok(found);
    }
    let mut install = project.cargo(".");
    install.args(["install", "--locked", "--debug", "--version", version, "--root"]).arg(&tools).arg(name);
    install.env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("CARGO_TARGET_DIR");
    let log = project.log("xtask", &format!("install-{name}"))?;
    process::logged(&format!("install {name} (once)"), &mut install, &log, LIMIT)
        .with_context(|| format!("run `cargo install --locked {name}` to see why it cannot be installed"))?;
    Ok(tools.join("bin").join(name))
}
