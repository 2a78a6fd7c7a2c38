//! A cache with its key, the hosts that use it, and what they log.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::guests::{SHOTS, answer, bell, config, fixture, text};
use crate::support::host::{Host, new_folder};

/// Drivers of every host here, with the devices that answer for them.
pub const DRIVERS: [(&str, &str); 2] = [("panics", "fixture:panics"), ("slow-ok", "fixture:slow-ok")];
/// Folders for the entries and for the key, in a folder of their own.
pub struct Home(pub TempDir);

impl Home {
    pub fn new() -> Self {
        Self(new_folder())
    }

    pub fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    pub fn state(&self) -> PathBuf {
        self.0.path().join("state")
    }

    fn config(&self) -> Value {
        let mut config =
            config(DRIVERS.map(|(name, _)| (name, fixture(name, json!({})))).into_iter().collect());
        config["drivers"]["simulator"] = json!({ "enabled": false });
        config["wasm"] = json!({ "cache_dir": self.cache(), "state_dir": self.state() });
        config["log"] = json!({ "level": "debug" });
        config
    }

    /// A host with this home, whose command is adjusted first.
    pub async fn host(&self, adjust: impl FnOnce(&mut Command)) -> Host {
        let folder = new_folder();
        let file = folder.path().join("driver_manager.yaml");
        fs::write(&file, self.config().to_string()).unwrap();
        Host::launch(folder, |command| {
            command.arg("--config").arg(&file);
            adjust(command);
        })
        .await
    }

    /// A host that ran and is gone; every driver answered.
    pub async fn visit(&self) -> Visit {
        Visit::of(self.host(|_| {}).await).await
    }

    /// Finished entries, by name.
    pub fn entries(&self) -> Vec<PathBuf> {
        let mut entries: Vec<_> =
            fs::read_dir(self.cache()).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        assert!(entries.iter().all(|entry| entry.extension() == Some(OsStr::new("cwasm"))), "{entries:?}");
        entries
    }
}

/// What a host logged.
pub struct Visit(pub Vec<Value>);

impl Visit {
    pub async fn of(mut host: Host) -> Self {
        let client = host.client().await;
        for (job, device) in DRIVERS {
            let good = answer(&client, bell(job, device, &[("behave", "well")])).await;
            assert_eq!(good.counts, [("00".to_owned(), i64::from(SHOTS))].into());
        }
        assert!(host.stop().await.success());
        Self(host.log().json())
    }

    fn loads(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(|line| line["event"] == "driver_loaded")
    }

    /// How many drivers came from the cache.
    pub fn cached(&self) -> usize {
        assert_eq!(self.loads().count(), DRIVERS.len());
        self.loads().filter(|line| line["cached"] == true).count()
    }

    /// Milliseconds that it took to load the drivers, together.
    pub fn load_ms(&self) -> f64 {
        self.loads().map(|line| line["elapsed_ms"].as_f64().unwrap()).sum()
    }

    /// Why entries were rejected.
    pub fn rejections(&self) -> Vec<&str> {
        self.warnings("ahead-of-time cache entry rejected", "cause")
    }

    /// A field of all warnings whose message has this in it.
    pub fn warnings(&self, message: &str, field: &str) -> Vec<&str> {
        let ours = |line: &&Value| line["level"] == "WARN" && text(line, "message").contains(message);
        self.0.iter().filter(ours).map(|line| text(line, field)).collect()
    }
}

/// Who may do what with it.
pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}
