//! A Prometheus server, and what it says over its API.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::shipped::{path, text};
use crate::support::host::{Host, new_folder};
use crate::support::lines::Lines;
use crate::support::watchdog::Watchdog;

/// Longest time for it to start, and to come to know something.
const PATIENCE: Duration = Duration::from_secs(40);

/// A server with the shipped config, that scrapes a host of the test.
pub struct Prometheus {
    child: Child,
    watchdog: Watchdog,
    address: String,
    log: Lines,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts it. Only addresses and pace of the shipped config are changed.
    pub async fn over(host: &Host) -> Self {
        let folder = new_folder();
        let config = text("deploy/observability/prometheus.yml")
            .replace("127.0.0.1:9092", &host.http.to_string())
            .replace("15s", "1s")
            .replace("rules/", &format!("{}/", path("deploy/observability/rules").display()));
        assert!(config.contains(&host.http.to_string()) && config.contains("1s"));
        let file = folder.path().join("prometheus.yml");
        fs::write(&file, config).unwrap();
        let mut child = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .args(["--web.listen-address=127.0.0.1:0", "--log.format=json"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("prometheus: {error}; run `cargo xtask test`"));
        let watchdog = Watchdog::over(&child);
        let log = Lines::read(child.stderr.take().unwrap());
        let listening = log.wait_for("the address", |line| line["msg"] == "Listening on").await;
        let address = listening["address"].as_str().unwrap().to_owned();
        Self { child, watchdog, address, log, _folder: folder }
    }

    /// Asks the API until the answer is as wanted; gives its data.
    pub async fn wait_for(&self, what: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let data = self.ask(path).await.unwrap_or_default();
            if wanted(&data) {
                return data;
            }
            assert!(Instant::now() < end, "never {what}: {data:#}\n{}", self.log.text());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The data of an answer; `None` while it is not there yet.
    async fn ask(&self, path: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(&self.address).await.ok()?;
        // HTTP/1.0, so that the answer comes in one piece.
        let request = format!("GET /api/v1/{path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let answer: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
        (answer["status"] == json!("success")).then(|| answer["data"].clone())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.watchdog.call_off();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
