//! A provider's service on this machine: a program of `stand_ins/`, over TLS, run by the interpreter with the SDKs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use crate::support::host::new_folder;
use crate::support::lines::Lines;

/// Longest time to the line with its port: it imports an SDK.
const START: Duration = Duration::from_mins(2);

/// A service that runs.
pub struct StandIn {
    child: Child,
    /// Its port.
    pub port: u16,
    folder: TempDir,
}

/// The environment with the providers' SDKs.
pub fn sdks() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python-sdks");
    assert!(folder.is_dir(), "{} is missing; run `cargo xtask python-sdks`", folder.display());
    crate::stage::readable(&folder)
}

impl StandIn {
    /// Starts one, with a certificate of an authority of its own.
    pub async fn start(program: &str) -> Self {
        let folder = new_folder();
        let file = |name: &str| folder.path().join(name);
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        fs::write(file("authority.pem"), authority.pem()).unwrap();
        fs::write(file("certificate.pem"), certificate.pem()).unwrap();
        fs::write(file("key.pem"), key.serialize_pem()).unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/stand_ins");
        let mut child = Command::new(sdks().join("bin/python"))
            .arg(sources.join(program))
            .args([file("certificate.pem"), file("key.pem"), folder.path().to_owned()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let port = Lines::read(child.stdout.take().unwrap()).first(START).await;
        let port = port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("{program} has no port"));
        Self { child, port, folder }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The certificate of its authority.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A folder for files that tests and service share.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The lines of such a file, none if it is not there.
    pub fn lines(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.file(name)).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
