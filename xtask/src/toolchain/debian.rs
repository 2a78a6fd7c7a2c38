//! Where rustup cannot download: Debian's compiler, cargo, and the standard library's source.
//!
//! Debian has no prebuilt standard library for a bare WebAssembly target in the versions needed, so
//! cargo builds one (`-Zbuild-std`, a nightly feature that `RUSTC_BOOTSTRAP` unlocks for this build
//! alone). That takes about a minute once. The packages live in `/usr`; a rustup toolchain in the home
//! folder is untouched, and stays the one in use for everything else.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail, ensure};

use super::{OLDEST, Version, compiler_version};
use crate::project::Project;
use crate::{apt, process};

const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const STD_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// Makes cargo build the standard library too.
pub const BUILD_STD: [&str; 1] = ["-Zbuild-std=std,panic_abort"];

/// Makes sure that Debian's packages are there, and new enough.
pub fn ready(project: &Project) -> Result<()> {
    if is_installed(project) {
        return Ok(());
    }
    apt::update(project, &PACKAGES)?;
    check_candidate(project)?;
    apt::install(project, &PACKAGES)?;
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
             then run `{}`",
            PACKAGES[0],
            apt::by_hand(&PACKAGES)
        ),
        None => bail!(
            "apt does not know {}: add Debian's security suite to its sources, then run `{}`",
            PACKAGES[0],
            apt::by_hand(&PACKAGES)
        ),
    }
}

/// The candidate version in the answer of `apt-cache policy`.
fn candidate(policy: &str) -> Option<Version> {
    policy.lines().find_map(|line| Version::parse(line.trim().strip_prefix("Candidate:")?))
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
