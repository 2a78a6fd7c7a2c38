//! Where things are, and how cargo is called.
//!
//! Everything that asks cargo something goes through [`Project::cargo`], so that each child sees the
//! same clean environment: `cargo run` leaves its own variables behind, and a compiler that is not
//! the one that built us would load the wrong libraries through them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};

use crate::process;

/// The checkout this command works on.
pub struct Project {
    root: PathBuf,
    target: PathBuf,
}

impl Project {
    /// The checkout that the current folder is in.
    pub fn find() -> Result<Self> {
        let here = env::current_dir().context("the current folder is gone")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .with_context(|| format!("{} is not inside a checkout of this project", here.display()))?
            .to_path_buf();
        let mut project = Self { target: root.join("target"), root };
        // Settings may put it elsewhere; the root workspace knows.
        if let Some(target) = metadata(&project, &project.root)?["target_directory"].as_str() {
            project.target = PathBuf::from(target);
        }
        Ok(project)
    }

    /// The folder of the root workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The root workspace's target folder.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The program `name` of the root workspace, as a dev build leaves it.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// The log file of one step, in a folder that exists.
    pub fn log(&self, command: &str, step: &str) -> Result<PathBuf> {
        let folder = self.target.join(command);
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder.join(format!("{step}.log")))
    }

    /// The active toolchain's cargo, to be run in `workspace` (relative to the root).
    pub fn cargo(&self, workspace: impl AsRef<Path>) -> Command {
        let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        self.command(program, workspace)
    }

    /// Any program, to be run in `folder` (relative to the root), without what `cargo run` set for us.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.root.join(folder));
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(set_by_cargo_run) {
                command.env_remove(name);
            }
        }
        command
    }
}

/// Everything `cargo metadata --no-deps` says about the workspace in `folder`.
pub fn metadata(project: &Project, folder: &Path) -> Result<serde_json::Value> {
    let mut command = project.cargo(folder);
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let text = process::output(&mut command)?;
    let value: serde_json::Value = serde_json::from_str(&text).context("cargo metadata is not JSON")?;
    ensure!(value.is_object(), "cargo metadata is not an object");
    Ok(value)
}

/// Whether `cargo run` sets this variable for the program it runs. `CARGO` itself stays (it names the
/// active toolchain's cargo), and so do the user's own settings, such as `CARGO_HOME`.
fn set_by_cargo_run(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix))
        || ["CARGO_CRATE_NAME", "OUT_DIR"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_run_leaves_behind_is_told_from_the_users_settings() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_BIN_NAME", "CARGO_CRATE_NAME"] {
            assert!(set_by_cargo_run(name), "{name}");
        }
        for name in
            ["CARGO", "CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_NET_OFFLINE", "RUSTUP_TOOLCHAIN", "PATH"]
        {
            assert!(!set_by_cargo_run(name), "{name}");
        }
    }
}
