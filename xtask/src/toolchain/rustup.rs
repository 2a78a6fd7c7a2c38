//! The ordinary way: the active toolchain, with `wasm32-unknown-unknown` added by rustup if need be.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::{TARGET, compiler_version};
use crate::process;
use crate::project::Project;

/// What a user may run where we could not.
pub const COMMAND: &str = "rustup target add wasm32-unknown-unknown";

/// Where downloads are impossible rustup tries again and again: long enough is enough.
const LIMIT: Duration = Duration::from_mins(2);

/// Makes sure that the active toolchain has the target.
pub fn ready(project: &Project, sysroot: &Path) -> Result<()> {
    if has_target(sysroot) {
        return Ok(());
    }
    let log = project.log("xtask", "rustup")?;
    let mut command = project.command("rustup", ".");
    process::logged(COMMAND, command.args(["target", "add", TARGET]), &log, LIMIT)?;
    if !has_target(sysroot) {
        bail!("`{COMMAND}` succeeded, but not for the active toolchain in {}", sysroot.display());
    }
    Ok(())
}

/// Whether a standard library for the target is there: the folder alone may be a leftover.
fn has_target(sysroot: &Path) -> bool {
    let Ok(files) = sysroot.join("lib/rustlib").join(TARGET).join("lib").read_dir() else { return false };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// The folder of the active toolchain.
pub fn sysroot(project: &Project) -> Result<PathBuf> {
    let path = process::output(rustc(project).args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(path.trim()))
}

/// The machine we are on, as the compiler calls it.
pub fn host(project: &Project) -> Result<String> {
    let text = process::output(rustc(project).arg("-vV"))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` does not name the host")
}

/// What the active compiler calls itself.
pub fn version(project: &Project) -> Result<String> {
    compiler_version(&mut rustc(project))
}

fn rustc(project: &Project) -> Command {
    project.command(env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")), ".")
}
