//! A Rust toolchain that builds WebAssembly components: finding one, or getting one ready.
//!
//! Ordinarily rustup's `wasm32-unknown-unknown` ([`rustup`]); where rustup cannot download it, Debian's
//! `rustc-web` with a standard library built from source ([`debian`]). Both link with
//! `wasm-component-ld`, so that the output of a build *is* a component. What cannot be done here is said
//! in one sentence, with the command that does it.

mod debian;
mod rustup;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::project::Project;

/// The target every guest is built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Forces one of the two ways: `rustup` or `debian`.
const CHOICE: &str = "XTASK_WASM_TOOLCHAIN";

/// The oldest compiler the guests' sources are for; `rust-version` in their manifests.
const OLDEST: Version = Version(1, 95);

const LINKER: &str = "wasm-component-ld";

/// A toolchain that is ready to build guests.
pub struct Toolchain {
    way: Way,
    /// Turns a core module into a component.
    linker: PathBuf,
    /// Where the linker finds `wasm-ld`.
    helpers: Option<PathBuf>,
}

enum Way {
    Rustup,
    Debian,
}

/// Finds a toolchain or gets one ready, and says which it is.
pub fn ready(project: &Project) -> Result<Toolchain> {
    let choice = env::var(CHOICE).ok().filter(|choice| !choice.is_empty());
    let sysroot = rustup::sysroot(project)?;
    let (linker, helpers) = linker(project, &sysroot)?;
    let way = match choice.as_deref() {
        Some("rustup") => rustup::ready(project, &sysroot).map(|()| Way::Rustup)?,
        Some("debian") => debian::ready(project).map(|()| Way::Debian)?,
        None => rustup_or_debian(project, &sysroot)?,
        Some(other) => bail!("{CHOICE} is `{other}`; it can be `rustup` or `debian`, or be left out"),
    };
    let toolchain = Toolchain { way, linker, helpers };
    eprintln!("  wasm toolchain: {}", toolchain.description(project)?);
    Ok(toolchain)
}

fn rustup_or_debian(project: &Project, sysroot: &Path) -> Result<Way> {
    let Err(no_rustup) = rustup::ready(project, sysroot) else { return Ok(Way::Rustup) };
    // Its reason matters only if there is no other way; until then one line is enough.
    eprintln!("  rustup cannot add {TARGET} here; trying Debian's packages");
    match debian::ready(project) {
        Ok(()) => Ok(Way::Debian),
        Err(no_debian) => bail!(
            "no Rust toolchain here builds WebAssembly: run `{}` where rustup can download, or: {no_debian:#}\n\
             (rustup: {no_rustup:#})",
            rustup::COMMAND
        ),
    }
}

impl Toolchain {
    /// A `cargo build --release` for guests, to be run in `workspace`; the caller adds what to build.
    ///
    /// A rustup toolchain finds its own linker, so the command is just what an author would type there
    /// by hand (and finds everything built already); Debian's needs to be told.
    pub fn build(&self, project: &Project, workspace: &Path) -> Command {
        let mut command = match self.way {
            Way::Rustup => project.cargo(workspace),
            Way::Debian => debian::cargo(project, workspace),
        };
        command.args(["build", "--release", "--target", TARGET]);
        // Flags meant for the host would replace those of the guests' own settings.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        if matches!(self.way, Way::Debian) {
            command.args(debian::BUILD_STD).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &self.linker);
            if let Some(path) = self.path() {
                command.env("PATH", path);
            }
        }
        command
    }

    fn path(&self) -> Option<OsString> {
        let helpers = self.helpers.clone()?;
        let old = env::var_os("PATH").unwrap_or_default();
        env::join_paths(std::iter::once(helpers).chain(env::split_paths(&old))).ok()
    }

    fn description(&self, project: &Project) -> Result<String> {
        Ok(match self.way {
            Way::Rustup => format!("{}, with its own {TARGET}", rustup::version(project)?),
            Way::Debian => {
                format!("{} of Debian, with a standard library built from source", debian::version(project)?)
            }
        })
    }
}

/// `wasm-component-ld` and the folder of its helpers: every rustup toolchain has both; elsewhere the
/// linker may be on the PATH, and finds `wasm-ld` there too.
fn linker(project: &Project, sysroot: &Path) -> Result<(PathBuf, Option<PathBuf>)> {
    let tools = sysroot.join("lib/rustlib").join(rustup::host(project)?).join("bin");
    let own = tools.join(LINKER);
    if own.is_file() {
        return Ok((own, Some(tools.join("gcc-ld"))));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(LINKER)).find(|file| file.is_file());
    let linker = found.with_context(|| {
        format!(
            "no {LINKER} in {} or on the PATH: use a toolchain of rustup, or run `cargo install {LINKER}` \
             and install `wasm-ld` (Debian: `sudo apt-get install -y lld`)",
            tools.display()
        )
    })?;
    Ok((linker, None))
}

/// The first two numbers of a compiler's version, which are all that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    /// The version at the start of `1.96.0+dfsg1-1~deb12u2` or `1.95.0 (59807616e 2026-04-14)`.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split(|letter: char| !letter.is_ascii_digit());
        Some(Self(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// The compiler's name and version, such as `rustc 1.95.0`, without where and when it was built.
fn compiler_version(rustc: &mut Command) -> Result<String> {
    let text = process::output(rustc.arg("--version"))?;
    Ok(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_packages_and_from_compilers() {
        assert_eq!(Version::parse("1.96.0+dfsg1-1~deb12u2"), Some(Version(1, 96)));
        assert_eq!(Version::parse(" 1.95.0 (59807616e 2026-04-14)"), Some(Version(1, 95)));
        assert_eq!(Version::parse("(none)"), None);
        assert_eq!(Version::parse(""), None);
    }

    #[test]
    fn versions_compare_by_number_not_by_text() {
        assert!(Version(1, 100) > OLDEST);
        assert!(Version(1, 85) < OLDEST);
    }
}
