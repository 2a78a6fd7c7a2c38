//! Where rustup cannot download: Debian's compiler, cargo, and the standard library's source.
//!
//! Debian has no prebuilt standard library for a bare WebAssembly target in the versions needed, so
//! cargo builds one (`-Zbuild-std`, a nightly feature that `RUSTC_BOOTSTRAP` unlocks for this build
//! alone). That takes about a minute once. The packages live in `/usr`; a rustup toolchain in the home
//! folder is untouched, and stays the one in use for everything else.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::{OLDEST, Version, compiler_version};
use crate::process;
use crate::project::Project;

const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const STD_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// What a user may run where we could not.
const COMMAND: &str =
    "sudo apt-get update && sudo apt-get install -y --no-remove rustc-web cargo-web rust-web-src";

/// Makes cargo build the standard library too.
pub const BUILD_STD: [&str; 1] = ["-Zbuild-std=std,panic_abort"];

const LIMIT: Duration = Duration::from_mins(20);

/// Makes sure that Debian's packages are there, and new enough.
pub fn ready(project: &Project) -> Result<()> {
    if is_installed(project) {
        return Ok(());
    }
    ensure!(
        Path::new("/usr/bin/apt-get").exists(),
        "install rustc {OLDEST} or newer in /usr, with its source"
    );
    let Some(root) = become_root(project) else {
        bail!("run `{COMMAND}`, which needs root, and then this command again");
    };
    let log = project.log("xtask", "apt-update")?;
    // A list that cannot be refreshed may still have what is needed: the next steps tell.
    if process::logged("apt-get update", &mut apt(project, root, &["update"]), &log, LIMIT).is_err() {
        eprintln!("  apt-get update failed (see {}); going on with the lists there are", log.display());
    }
    check_candidate(project)?;
    let label = format!("apt-get install {}", PACKAGES.join(" "));
    let log = project.log("xtask", "apt-install")?;
    // Never at the price of a package that the user has.
    let mut install = apt(project, root, &["install", "-y", "--no-install-recommends", "--no-remove"]);
    process::logged(&label, install.args(PACKAGES), &log, LIMIT)
        .with_context(|| format!("run `{COMMAND}` to see why Debian's packages cannot be installed"))?;
    ensure!(
        is_installed(project),
        "{} are installed, but not as {RUSTC}, {CARGO} and {STD_SOURCE}",
        PACKAGES.join(", ")
    );
    Ok(())
}

/// Debian's cargo, to be run in `workspace`.
pub fn cargo(project: &Project, workspace: &Path) -> Command {
    let mut command = project.command(CARGO, workspace);
    command.env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1");
    // These lead to the toolchain that built and runs us; its libraries are not for this compiler.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTDOC", "LD_LIBRARY_PATH"] {
        command.env_remove(name);
    }
    command
}

/// What Debian's compiler calls itself.
pub fn version(project: &Project) -> Result<String> {
    let mut rustc = project.command(RUSTC, ".");
    compiler_version(rustc.env_remove("LD_LIBRARY_PATH"))
}

fn is_installed(project: &Project) -> bool {
    let new_enough = || {
        let text = version(project).ok()?;
        Version::parse(text.strip_prefix("rustc ")?).map(|version| version >= OLDEST)
    };
    [RUSTC, CARGO, STD_SOURCE].iter().all(|file| Path::new(file).exists()) && new_enough() == Some(true)
}

/// The version that would be installed has to be new enough: the one that Debian's security suite has.
fn check_candidate(project: &Project) -> Result<()> {
    let policy =
        process::output(project.command("apt-cache", ".").env("LC_ALL", "C").args(["policy", PACKAGES[0]]))?;
    match candidate(&policy) {
        Some(version) if version >= OLDEST => Ok(()),
        Some(version) => bail!(
            "apt offers {} {version}, and {OLDEST} is needed: add Debian's security suite to apt's sources, \
             then run `{COMMAND}`",
            PACKAGES[0]
        ),
        None => bail!(
            "apt does not know {}: add Debian's security suite to its sources, then run `{COMMAND}`",
            PACKAGES[0]
        ),
    }
}

/// The candidate version in the answer of `apt-cache policy`.
fn candidate(policy: &str) -> Option<Version> {
    policy.lines().find_map(|line| Version::parse(line.trim().strip_prefix("Candidate:")?))
}

/// How to run something as root without asking anyone: nothing in front if we are root, or `sudo -n`.
fn become_root(project: &Project) -> Option<&'static [&'static str]> {
    if rustix::process::geteuid().is_root() {
        return Some(&[]);
    }
    process::output(project.command("sudo", ".").args(["-n", "true"])).ok().map(|_| &["sudo", "-n"][..])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_candidate_is_read_from_apts_policy() {
        let policy = "rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1~deb12u2\n  Version table:\n     1.85.0 500\n";
        assert_eq!(candidate(policy), Some(Version(1, 96)));
    }

    #[test]
    fn no_candidate_is_no_version() {
        assert_eq!(candidate("rustc-web:\n  Installed: (none)\n  Candidate: (none)\n"), None);
        assert_eq!(candidate(""), None);
    }
}
