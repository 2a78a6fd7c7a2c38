//! The real binary as a child process on free loopback ports.
//!
//! Every wait has an end: a host that does not come up, does not log or does not go fails the test with
//! its log. Hosts share one folder of compiled components below `target/`, so that only the first start
//! ever compiles. A host dies with its handle, and with the test process if the handle never drops.
//!
//! One host for a whole test file: `static HOST: OnceCell<Host>` of tokio, and
//! `HOST.get_or_init(|| Host::start(CONFIG)).await`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use driver_manager::grpc::proto::driver_manager_service_client::DriverManagerServiceClient;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::transport::{Channel, Endpoint};

use super::lines::Lines;
use super::watchdog::Watchdog;

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_driver-manager");

/// A Kernel's client.
pub type Client = DriverManagerServiceClient<Channel>;

/// Longest time to the ready line; a first start compiles every component.
const START: Duration = Duration::from_mins(2);
/// Longest time for a process to end, or a metric to get a value. Above `grpc.drain_timeout`'s default.
const PATIENCE: Duration = Duration::from_secs(40);
/// Largest message the client reads or writes; above all limits of the host.
const MAX_MESSAGE: usize = 256 << 20;

/// A running host.
pub struct Host {
    child: Child,
    /// Kills the host if this process ends without doing so.
    watchdog: Watchdog,
    stdout: Lines,
    log: Lines,
    /// Where gRPC is served.
    pub grpc: SocketAddr,
    /// Where metrics and health are served.
    pub http: SocketAddr,
    /// Where operators are served, as the command line takes it.
    pub admin: String,
    folder: TempDir,
}

impl Host {
    /// Starts a host with this config (YAML) and waits until it is ready.
    pub async fn start(config: &str) -> Self {
        let folder = new_folder();
        let file = folder.path().join("driver_manager.yaml");
        fs::write(&file, config).unwrap();
        Self::launch(folder, |command| {
            command.arg("--config").arg(&file);
        })
        .await
    }

    /// Starts a host without a config file: the defaults hold, but for the ports.
    pub async fn start_with_defaults() -> Self {
        Self::launch(new_folder(), |_| {}).await
    }

    /// Starts a host whose command is adjusted first. Its working directory is empty.
    pub async fn launch(folder: TempDir, adjust: impl FnOnce(&mut Command)) -> Self {
        let work = folder.path().join("work");
        fs::create_dir(&work).unwrap();
        let state = folder.path().join("state/eigen-driver-manager");
        state_folder(&state);
        let mut command = command();
        command.env("XDG_STATE_HOME", folder.path().join("state"));
        command.arg("serve").current_dir(work);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        adjust(&mut command);
        let mut child = command.spawn().unwrap();
        let watchdog = Watchdog::over(&child);
        let log = Lines::read(child.stderr.take().unwrap());
        let stdout = Lines::read(child.stdout.take().unwrap());
        let unset = SocketAddr::from(([0, 0, 0, 0], 0));
        let admin = String::new();
        let mut host = Self { child, watchdog, stdout, log, grpc: unset, http: unset, admin, folder };
        let ready = host.stdout.first(START).await;
        (host.grpc, host.http, host.admin) = ready
            .as_deref()
            .and_then(addresses)
            .unwrap_or_else(|| panic!("no ready line: {ready:?}\n{}", host.log.text()));
        host
    }

    /// The endpoint as the command line takes it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// A new connection.
    pub async fn channel(&self) -> Channel {
        Endpoint::from_shared(self.endpoint()).unwrap().connect().await.unwrap()
    }

    /// A client on a connection of its own.
    pub async fn client(&self) -> Client {
        let channel = self.channel().await;
        Client::new(channel).max_decoding_message_size(MAX_MESSAGE).max_encoding_message_size(MAX_MESSAGE)
    }

    /// Status and body of a page of the operators' edge.
    pub async fn http_get(&self, path: &str) -> (u16, String) {
        let (head, body) = self.http_raw(path).await;
        let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (code.unwrap_or_else(|| panic!("no HTTP status: {head:?}")), body)
    }

    /// Head and body of a page of the operators' edge.
    pub async fn http_raw(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.http).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.http);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP: {answer:?}"));
        (head.to_owned(), body.to_owned())
    }

    /// The value of one series on the metrics page; labels in any order, but all of them. 0 if it is not
    /// there, as for a counter that never counted.
    pub async fn metric(&self, series: &str, labels: &[(&str, &str)]) -> f64 {
        let (_, page) = self.http_get("/metrics").await;
        let ours = |line: &&str| {
            let (name, rest) = line.split_once('{').unwrap_or((line, ""));
            let Some((given, _)) = rest.split_once('}') else { return false };
            let carries = |key: &str, value: &str| given.contains(&format!("{key}=\"{value}\""));
            name == series
                && given.matches("=\"").count() == labels.len()
                && labels.iter().all(|(key, value)| carries(key, value))
        };
        page.lines()
            .find(ours)
            .map_or(0.0, |line| line.rsplit(' ').next().and_then(|value| value.parse().ok()).unwrap())
    }

    /// Asks until the metric has a value that is wanted; gives it.
    pub async fn wait_for_metric(
        &self,
        series: &str,
        labels: &[(&str, &str)],
        wanted: impl Fn(f64) -> bool,
    ) -> f64 {
        let end = Instant::now() + PATIENCE;
        loop {
            let value = self.metric(series, labels).await;
            if wanted(value) {
                return value;
            }
            assert!(Instant::now() < end, "{series}{labels:?} stays at {value}\n{}", self.log.text());
        }
    }

    /// What it logs (stderr).
    pub fn log(&self) -> &Lines {
        &self.log
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The host's own folder, in which `work` is its working directory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Sends SIGTERM and waits for the end.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait().await
    }

    /// Waits for the end.
    pub async fn wait(&mut self) -> ExitStatus {
        // A process that ends closes its streams.
        let ended = self.stdout.ended(PATIENCE).await && self.log.ended(PATIENCE).await;
        assert!(ended, "process does not end\n{}", self.log.text());
        self.watchdog.call_off();
        self.child.wait().unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.watchdog.call_off();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary, told to take free ports, with compiled components kept below `target/`, and nothing of
/// the tester's own settings.
pub fn command() -> Command {
    let home = shared_home();
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("DRIVER_MANAGER_") || name_text.starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command
        .env("DRIVER_MANAGER_GRPC_BIND", "127.0.0.1:0")
        .env("DRIVER_MANAGER_METRICS_PORT", "0")
        .env("DRIVER_MANAGER_ADMIN_BIND", "127.0.0.1:0")
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_STATE_HOME", home.join("state"));
    command
}

/// The folder that all hosts of all tests share.
fn shared_home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts")
}

/// Makes a state folder of a host's own, with the key that all hosts of all tests share: so that they share
/// compiled components, and nothing else.
pub fn state_folder(state: &Path) {
    use std::io::Write as _;
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(state).unwrap();
    let key: Vec<u8> = (0..32).collect();
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(state.join("aot-cache.key"))
        .unwrap();
    file.write_all(&key).unwrap();
}

/// A new folder below `target/`, gone when the handle drops.
pub fn new_folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn addresses(ready: &str) -> Option<(SocketAddr, SocketAddr, String)> {
    let (grpc, rest) = ready.strip_prefix("ready grpc=")?.split_once(" http=")?;
    let (http, admin) = rest.split_once(" admin=").unwrap_or((rest, ""));
    Some((grpc.parse().ok()?, http.parse().ok()?, admin.to_owned()))
}
