//! Which interpreter runs a driver, and what it needs to read.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

/// How long an interpreter may take to say what it is.
const ASKED: Duration = Duration::from_secs(10);
/// `-S`: nothing of the environment's packages runs for this question, which is asked with the host's own rights.
const ASK: &str = "
import json, os, sys
assert sys.version_info >= (3, 9), sys.version
print(json.dumps({'executable': sys.executable, 'base': sys.base_prefix, 'library': os.path.dirname(os.__file__)}))";
/// The loader of the C library, which the kernel executes with every program.
const LOADERS: [&str; 6] = [
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib64/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];
/// What libraries read of the system: themselves, the zones of time, how many processors and how much memory there is.
const SYSTEM: [&str; 15] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    "/dev/null",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/proc/stat",
    "/sys/devices/system/cpu",
];
/// What speaking TLS takes.
const CERTIFICATES: [&str; 5] = [
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
];

/// An interpreter that was asked what it is.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Interpreter {
    /// What it calls itself; in a virtual environment a link there.
    pub(super) executable: PathBuf,
    /// Where it was installed.
    base: PathBuf,
    /// The folder of the standard library.
    library: PathBuf,
}

impl Interpreter {
    /// Asks the interpreter at a place. Programs that stand in for one need surroundings that a worker does not get.
    ///
    /// # Errors
    /// Why it cannot be asked, or is too old.
    pub(super) async fn ask(place: &Path) -> Result<Self, String> {
        let mut command = Command::new(place);
        command.args(["-I", "-S", "-c", ASK]).stdin(Stdio::null()).kill_on_drop(true);
        let asked = tokio::time::timeout(ASKED, command.output()).await;
        let output = asked.map_err(|_| format!("it does not answer within {ASKED:?}"))?;
        let output = output.map_err(|error| error.to_string())?;
        let known: Option<Self> = serde_json::from_slice(&output.stdout).ok();
        let known = known.filter(|known| output.status.success() && known.executable.is_file());
        known.ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            said.lines().last().unwrap_or("it does not say what it is").to_owned()
        })
    }

    /// What may be executed: the program itself, wherever links lead, and the loader.
    pub(super) fn programs(&self) -> Vec<PathBuf> {
        let real = std::fs::canonicalize(&self.executable).unwrap_or_else(|_| self.executable.clone());
        std::iter::once(real).chain(LOADERS.map(PathBuf::from)).collect()
    }

    /// What it has to read: its libraries and those of the system, and its environment.
    pub(super) fn reads(&self, tls: bool) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = SYSTEM.map(PathBuf::from).to_vec();
        paths.extend([self.base.join("lib"), self.base.join("lib64"), self.library.clone()]);
        let environment = self.executable.parent().and_then(Path::parent);
        paths.extend(environment.filter(|folder| folder.join("pyvenv.cfg").is_file()).map(Path::to_owned));
        if tls {
            paths.extend(CERTIFICATES.map(PathBuf::from));
        }
        paths
    }
}

/// The program that a path or a name stands for: a virtual environment's folder, a file, or a program on `PATH`.
pub(super) fn find(named: &Path) -> Option<PathBuf> {
    let executable = |path: PathBuf| path.is_file().then_some(path);
    if named.is_dir() {
        return executable(named.join("bin/python"));
    }
    if named.components().count() > 1 {
        return executable(named.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).find_map(|folder| executable(folder.join(named)))
}
