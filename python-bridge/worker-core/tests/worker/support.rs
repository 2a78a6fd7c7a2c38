//! A worker process, and the host's end of its socket.

use std::collections::HashMap;
use std::io::{BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use eigen_worker_core::PROTOCOL;
use eigen_worker_core::frame::{self, FrameReader};
use eigen_worker_core::message::{
    Error, Execute, FromWorker, Hello, HelloAnswer, LogLine, Outcome, Ping, Result as Counted, ToWorker,
    from_worker::Answer, outcome, to_worker::Request,
};

/// Longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A driver with one method besides `get_devices`.
pub fn executing(body: &str) -> String {
    format!(
        "import asyncio, os, sys, time\n\
         from eigen_driver import *\n\
         class Driver(BaseDriver):\n\
         \x20   def get_devices(self):\n\
         \x20       return [{{'device_id': 'dev'}}]\n{}",
        body.lines().flat_map(|line| ["    ", line, "\n"]).collect::<String>()
    )
}

/// A running worker.
pub struct Worker {
    pub child: Child,
    to: UnixStream,
    from: FrameReader<BufReader<UnixStream>>,
    next_id: u64,
    early: HashMap<u64, Answer>,
    pub logs: Vec<LogLine>,
}

impl Worker {
    /// A worker that has answered `Hello`.
    pub fn start(source: &str) -> Self {
        Self::start_with(hello(source)).0
    }

    pub fn start_with(hello: Hello) -> (Self, HelloAnswer) {
        let mut worker = Self::spawn();
        match worker.ask(Request::Hello(hello)) {
            Answer::Hello(answer) => (worker, answer),
            other => panic!("{other:?}"),
        }
    }

    /// A worker that has said nothing yet.
    pub fn spawn() -> Self {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        ours.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let python = std::env::var("EIGEN_WORKER_PYTHON").unwrap_or_else(|_| "python3".into());
        // The shell moves the socket from 0, where it can be put without `unsafe`, to 3.
        let child = Command::new("sh")
            .args(["-c", r#"exec "$0" -I "$1" 3 3<&0 0</dev/null"#, &python])
            .arg(install().join("bootstrap.py"))
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python3");
        let from = FrameReader::new(BufReader::new(ours.try_clone().expect("a clone")), usize::MAX);
        Self { child, to: ours, from, next_id: 0, early: HashMap::new(), logs: Vec::new() }
    }

    /// Sends a request and returns its id.
    pub fn send(&mut self, request: Request) -> u64 {
        self.next_id += 1;
        let message = ToWorker { id: self.next_id, request: Some(request) };
        let mut bytes = Vec::new();
        frame::append(&message, usize::MAX, &mut bytes).expect("no cap");
        self.send_raw(&bytes);
        self.next_id
    }

    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.to.write_all(bytes).expect("the worker reads");
    }

    /// The answer to a request, whenever it comes.
    pub fn answer(&mut self, id: u64) -> Answer {
        loop {
            if let Some(answer) = self.early.remove(&id) {
                return answer;
            }
            let (id, answer) = self.next();
            self.early.insert(id, answer);
        }
    }

    /// The next answer to any request.
    pub fn next(&mut self) -> (u64, Answer) {
        loop {
            match self.from.read::<FromWorker>().expect("an answer").0 {
                FromWorker { answer: Some(Answer::Log(line)), .. } => self.logs.push(line),
                FromWorker { id, answer } => return (id, answer.expect("an answer")),
            }
        }
    }

    /// Whether an answer has come already.
    pub fn has_answered(&self, id: u64) -> bool {
        self.early.contains_key(&id)
    }

    pub fn ask(&mut self, request: Request) -> Answer {
        let id = self.send(request);
        self.answer(id)
    }

    pub fn execute(&mut self) -> Answer {
        self.ask(execute("dev"))
    }

    pub fn result(&mut self) -> Counted {
        result(self.execute())
    }

    pub fn error(&mut self) -> Error {
        error(self.execute())
    }

    pub fn ping(&mut self, through_python: bool) -> u64 {
        self.send(Request::Ping(Ping { through_python }))
    }

    /// Closes the host's side.
    pub fn hang_up(&mut self) {
        self.to.shutdown(std::net::Shutdown::Both).expect("it is open");
    }

    /// Waits for the end, and returns how long it took.
    pub fn ended(&mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (status, begun.elapsed());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("the worker goes on")
    }

    /// Shuts it down and returns what it has printed.
    pub fn output(mut self) -> Output {
        let _ = self.ask(Request::Shutdown(eigen_worker_core::message::Shutdown {}));
        self.printed()
    }

    /// What a worker that ends has printed.
    pub fn printed(mut self) -> Output {
        let (status, _) = self.ended();
        let mut output = Output { status, stdout: Vec::new(), stderr: Vec::new() };
        let read = |from: Option<&mut dyn std::io::Read>, to: &mut Vec<u8>| {
            from.expect("piped").read_to_end(to).expect("readable");
        };
        read(self.child.stdout.as_mut().map(|pipe| pipe as _), &mut output.stdout);
        read(self.child.stderr.as_mut().map(|pipe| pipe as _), &mut output.stderr);
        output
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn hello(source: &str) -> Hello {
    Hello {
        protocol: PROTOCOL,
        driver_name: "tested".into(),
        generation: 1,
        file: "/nowhere/tested_driver.py".into(),
        source: source.into(),
        search_path: Vec::new(),
        sync_threads: 1,
        max_frame_bytes: 16 << 20,
        session_idle_ms: 60_000,
        session_refresh_ms: 60_000,
    }
}

pub fn execute(device_id: &str) -> Request {
    Request::Execute(Execute {
        device_id: device_id.into(),
        circuit: b"{}".to_vec(),
        circuit_format: "AQO_JSON".into(),
        shots: 100,
        options: [("k".to_owned(), "v".to_owned())].into(),
        job_id: "job-1".into(),
        execution_key: "key-1".into(),
        attempt: 2,
        seed: Some(42),
        deadline_ms: 60_000,
        traceparent: "00-trace".into(),
    })
}

pub fn result(answer: Answer) -> Counted {
    match answer {
        Answer::Outcome(Outcome { outcome: Some(outcome::Outcome::Result(result)) }) => result,
        other => panic!("{other:?}"),
    }
}

pub fn error(answer: Answer) -> Error {
    match answer {
        Answer::Error(error) => error,
        other => panic!("{other:?}"),
    }
}

/// A call that has begun, and ends when it is let go.
pub struct Gate(PathBuf);

impl Gate {
    /// A gate, and a driver whose calls wait at it.
    pub fn driver() -> (Self, String) {
        let folder = scratch();
        let body = format!(
            "def execute_circuit(self, device_id, circuit, shots, options):
                print(device_id)
                open({folder:?} + '/running', 'w').close()
                while not os.path.exists({folder:?} + '/open'):
                    time.sleep(0.001)
                return {{'0': shots}}, 0, {{}}"
        );
        (Self(folder), executing(&body))
    }

    pub fn wait_until_a_call_runs(&self) {
        wait_for(&self.0.join("running"));
    }

    pub fn open(&self) {
        std::fs::write(self.0.join("open"), "").expect("a file");
    }
}

/// Waits for a file that the driver makes.
pub fn wait_for(file: &Path) {
    let begun = Instant::now();
    while !file.exists() {
        assert!(begun.elapsed() < PATIENCE, "the driver does not run");
        std::thread::yield_now();
    }
}

/// A folder as the host installs it.
fn install() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let bridge = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it has one");
        let module = std::env::var("EIGEN_WORKER_MODULE")
            .map_or_else(|_| bridge.join("target/release/libeigen_worker.so"), PathBuf::from);
        assert!(module.exists(), "{} is missing: see the head of tests/worker/main.rs", module.display());
        let folder = scratch();
        symlink(module, folder.join("eigen_worker.so")).expect("a link");
        symlink(bridge.join("bootstrap.py"), folder.join("bootstrap.py")).expect("a link");
        symlink(bridge.join("package/eigen_driver"), folder.join("eigen_driver")).expect("a link");
        folder
    })
}

/// An empty folder under cargo's own.
pub fn scratch() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}
