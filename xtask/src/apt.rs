//! Debian's packages, installed where nobody has to be asked.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::process;
use crate::project::Project;

const LIMIT: Duration = Duration::from_mins(20);

/// What a user may run where we could not.
pub fn by_hand(packages: &[&str]) -> String {
    format!("sudo apt-get update && sudo apt-get install -y --no-remove {}", packages.join(" "))
}

/// Fetches the lists of packages. A list that cannot be refreshed may still have what is needed.
///
/// # Errors
/// If this is no Debian, or nobody is root; `packages` are then named in what is to be done by hand.
pub fn update(project: &Project, packages: &[&str]) -> Result<()> {
    let root = root(project, packages)?;
    let log = project.log("xtask", "apt-update")?;
    if process::logged("apt-get update", &mut apt(project, root, &["update"]), &log, LIMIT).is_err() {
        eprintln!("  apt-get update failed (see {}); going on with the lists there are", log.display());
    }
    Ok(())
}

/// Installs packages, never at the price of one that the user has.
///
/// # Errors
/// As [`update`]; and if they cannot be installed.
pub fn install(project: &Project, packages: &[&str]) -> Result<()> {
    let root = root(project, packages)?;
    let label = format!("apt-get install {}", packages.join(" "));
    let log = project.log("xtask", "apt-install")?;
    let mut install = apt(project, root, &["install", "-y", "--no-install-recommends", "--no-remove"]);
    process::logged(&label, install.args(packages), &log, LIMIT)
        .with_context(|| format!("run `{}` to see why they cannot be installed", by_hand(packages)))
}

/// How to run something as root without asking anyone: nothing in front if we are root, or `sudo -n`.
fn root(project: &Project, packages: &[&str]) -> Result<&'static [&'static str]> {
    let wanted = packages.join(", ");
    ensure!(Path::new("/usr/bin/apt-get").exists(), "install what Debian calls {wanted}");
    if rustix::process::geteuid().is_root() {
        return Ok(&[]);
    }
    if process::output(project.command("sudo", ".").args(["-n", "true"])).is_ok() {
        return Ok(&["sudo", "-n"]);
    }
    bail!("run `{}`, which needs root, and then this command again", by_hand(packages))
}

fn apt(project: &Project, root: &[&str], arguments: &[&str]) -> Command {
    let words: Vec<&str> = root
        .iter()
        .chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .chain(arguments)
        .copied()
        .collect();
    let mut command = project.command(words[0], ".");
    command.args(&words[1..]);
    command
}
