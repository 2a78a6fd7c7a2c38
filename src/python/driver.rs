//! One generation of a Python driver: its workers, and who may use them.

use std::sync::{Arc, Mutex as StdMutex, Weak};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::connection::PythonConnection;
use super::convert;
use super::failure;
use super::process::Launch;
use super::restarts::Restarts;
use super::watchdog::Allowance;
use super::way::{Given, Way};
use super::wire::proto::from_worker::Answer;
use super::wire::proto::to_worker::Request;
use super::wire::proto::{Hello, Initialize};
use super::worker::{Bounds, Fate, Worker};
use crate::config::{DriverLimits, Python};
use crate::driver::checks::Broken;
use crate::driver::{Call, Connection, Driver, DriverInfo, Source};
use crate::model::{DriverName, Failure, FailureKind, Generation, Properties};
use crate::telemetry::Telemetry;
use crate::telemetry::events::GuestLogBudget;
use crate::telemetry::guest::GuestLog;

/// The version of the protocol.
const PROTOCOL: u32 = 1;
/// Sessions that a driver keeps are closed when they were not used for so long.
const SESSION_IDLE: Duration = Duration::from_mins(10);
/// Sessions older than this are refreshed before they are used again.
const SESSION_REFRESH: Duration = Duration::from_mins(5);

/// What all connections of a generation share.
pub(super) struct Shared {
    pub(super) name: DriverName,
    pub(super) generation: Generation,
    pub(super) telemetry: Telemetry,
    limits: DriverLimits,
    settings: Properties,
    launch: Launch,
    way: Arc<Way>,
    secrets_interval: Duration,
    bounds: Bounds,
    hello: Hello,
    most: usize,
    standby: usize,
    log_budget: Arc<StdMutex<GuestLogBudget>>,
    workers: Mutex<Workers>,
}

struct Workers {
    started: u64,
    live: Vec<Member>,
    restarts: Restarts,
    /// Ready, and without a connection.
    standby: Vec<(Arc<Worker>, Member)>,
    /// Others are being started.
    filling: bool,
}

/// A worker that is ready. It lives as long as a connection has a place in it.
#[derive(Clone)]
struct Member {
    worker: Weak<Worker>,
    id: u64,
    info: Arc<DriverInfo>,
    fate: Arc<Fate>,
    /// Held once by each connection.
    places: Arc<()>,
}

/// A loaded generation.
pub(super) struct PythonDriver {
    shared: Arc<Shared>,
}

impl PythonDriver {
    pub(super) fn new(
        source: Source,
        config: &Python,
        launch: Launch,
        way: Way,
        telemetry: Telemetry,
    ) -> Self {
        let limits = source.limits;
        let log_budget =
            GuestLogBudget::new(limits.log_rate.bytes(), limits.log_line.as_usize(), Instant::now());
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let hello = Hello {
            protocol: PROTOCOL,
            driver_name: source.name.to_string(),
            generation: source.generation.0,
            file: format!("{}_driver.py", source.name),
            source: source.bytes.to_vec(),
            search_path: source.folder.iter().map(|folder| folder.to_string_lossy().into_owned()).collect(),
            sync_threads: u32::try_from(config.sync_threads).unwrap_or(u32::MAX),
            max_frame_bytes: u32::try_from(config.max_frame.bytes()).unwrap_or(u32::MAX),
            session_idle_ms: millis(SESSION_IDLE),
            session_refresh_ms: millis(SESSION_REFRESH),
        };
        let shared = Shared {
            name: source.name,
            generation: source.generation,
            telemetry,
            limits: limits.clone(),
            settings: source.settings,
            launch,
            way: Arc::new(way),
            secrets_interval: config.secrets_interval,
            bounds: Bounds {
                frame: config.max_frame.as_usize(),
                grace: config.cancel_grace,
                allowance: Allowance { memory: limits.memory, threads: config.max_threads },
                ping_interval: config.ping_interval,
                ping_timeout: config.ping_timeout,
            },
            hello,
            most: config.workers,
            standby: config.standby,
            log_budget: Arc::new(StdMutex::new(log_budget)),
            workers: Mutex::new(Workers {
                started: 0,
                live: Vec::new(),
                restarts: Restarts::new(config.max_backoff),
                standby: Vec::new(),
                filling: false,
            }),
        };
        Self { shared: Arc::new(shared) }
    }
}

#[async_trait]
impl Driver for PythonDriver {
    fn name(&self) -> &DriverName {
        &self.shared.name
    }

    fn generation(&self) -> Generation {
        self.shared.generation
    }

    /// A place in a new worker while there may be more of them, then in the one that has most room.
    async fn connect(&self, call: Call) -> Result<Box<dyn Connection>, Failure> {
        let shared = &self.shared;
        // One worker is started at a time, and whoever comes meanwhile finds it.
        let workers = tokio::time::timeout_at(call.deadline.into(), shared.workers.lock()).await;
        let mut workers = workers.map_err(|_| {
            let text = format!("driver `{}` is being started, and it takes too long", shared.name);
            Failure::new(FailureKind::Timeout, text).from_provider(shared.name.as_str())
        })?;
        let mut live = workers.living();
        let places = |member: &Member| Arc::strong_count(&member.places);
        let count = live.len();
        let idlest = live.drain(..).min_by_key(|(_, member)| places(member));
        let (worker, member) = match idlest {
            Some(idlest) if count >= shared.most => idlest,
            _ => shared.another(&mut workers, call).await?,
        };
        if workers.standby.len() < shared.standby && !workers.filling {
            workers.filling = true;
            tokio::spawn(fill(Arc::downgrade(shared)));
        }
        drop(workers);
        let Member { id, info, places, .. } = member;
        Ok(Box::new(PythonConnection::new(Arc::clone(shared), worker, id, info, places)))
    }
}

impl Workers {
    /// Those that take requests. Those that do not are forgotten, but for what they say about another start.
    fn living(&mut self) -> Vec<(Arc<Worker>, Member)> {
        let mut living = Vec::new();
        let restarts = &mut self.restarts;
        self.live.retain(|member| {
            if let Some(worker) = member.worker.upgrade().filter(|worker| worker.is_alive()) {
                // One that is outdated finishes what it has, and is nobody's concern any more.
                let stays = !worker.is_outdated();
                if stays {
                    living.push((worker, member.clone()));
                }
                return stays;
            }
            if member.fate.has_worked() {
                restarts.worked();
            } else if member.fate.has_died() {
                restarts.died_in_vain(Instant::now());
            }
            false
        });
        self.standby.retain(|(worker, _)| worker.is_alive() && !worker.is_outdated());
        living
    }
}

/// Starts workers until there are enough that nobody needs yet. Ends with the generation.
async fn fill(shared: Weak<Shared>) {
    loop {
        let Some(shared) = shared.upgrade() else { return };
        let id = {
            let mut workers = shared.workers.lock().await;
            if workers.standby.len() >= shared.standby {
                workers.filling = false;
                return;
            }
            workers.started += 1;
            workers.started
        };
        let call = Call { deadline: Instant::now() + shared.limits.initialize_timeout };
        let opened = shared.open(id, call).await;
        let mut workers = shared.workers.lock().await;
        match opened {
            Ok(ready) => workers.standby.push(ready),
            Err(failure) => {
                workers.filling = false;
                tracing::warn!(driver_name = shared.name.as_str(), %failure, "no worker stands by");
                return;
            }
        }
    }
}

impl Shared {
    /// Whether a driver can have sent a job anywhere. One that is wholly shut in cannot: what became of its process
    /// says nothing about any provider, and the call may be made again.
    pub(super) fn has_a_way_out(&self) -> bool {
        !self.launch.is_shut_in()
    }

    /// A worker that was not among the live ones: one that stands by, or a new one.
    async fn another(&self, workers: &mut Workers, call: Call) -> Result<(Arc<Worker>, Member), Failure> {
        let ready = if let Some(ready) = workers.standby.pop() {
            ready
        } else {
            if let Some(wait) = workers.restarts.wait(Instant::now()) {
                return Err(failure::backing_off(&self.name, wait));
            }
            workers.started += 1;
            let opened = self.open(workers.started, call).await;
            // That a caller had little time says nothing about the driver.
            if opened.as_ref().is_err_and(|failure| failure.kind != FailureKind::Timeout) {
                workers.restarts.died_in_vain(Instant::now());
            }
            opened?
        };
        workers.live.push(ready.1.clone());
        Ok(ready)
    }

    /// Starts a worker: the driver is loaded, says who it is, and gets its settings.
    async fn open(&self, id: u64, call: Call) -> Result<(Arc<Worker>, Member), Failure> {
        let log = GuestLog::new(
            self.telemetry.clone(),
            self.name.clone(),
            self.generation,
            id,
            self.limits.log_line.as_usize(),
            Arc::clone(&self.log_budget),
        );
        let given = self.way.secrets().await.map_err(|cause| {
            let text = format!("a secret of driver `{}` cannot be had", self.name);
            let remedy = "Ask the operator: the log says which, and why.";
            Failure::new(FailureKind::Unavailable, text)
                .from_provider(self.name.as_str())
                .remedy(remedy)
                .cause(cause)
        })?;
        let gauge = self.telemetry.metrics().worker_started(self.name.as_str());
        let worker =
            Worker::start(&self.launch, &self.way, &given.veil, Arc::new(log), gauge, self.bounds).await;
        let worker = worker.map_err(|error| {
            let text = format!("the process of driver `{}` cannot be started", self.name);
            Failure::new(FailureKind::Unavailable, text).from_provider(self.name.as_str()).cause(error)
        })?;
        let hello = match self.ask(&worker, Request::Hello(self.hello.clone()), call).await? {
            Answer::Hello(hello) if hello.protocol == PROTOCOL => hello,
            _ => return Err(self.strange(&worker, "it speaks another version of the protocol")),
        };
        let info = convert::driver_info(hello).map_err(|how| self.strange(&worker, &how.0))?;
        let settings = self.settings.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let initialize = Initialize { settings, secrets: given.revealed() };
        match self.ask(&worker, Request::Initialize(initialize), call).await? {
            Answer::Done(_) => {
                if self.way.has_secrets() {
                    let (way, worker) = (Arc::clone(&self.way), Arc::downgrade(&worker));
                    tokio::spawn(watch(way, given, worker, self.secrets_interval));
                }
                let (places, info) = (Arc::new(()), Arc::new(info));
                let fate = Arc::clone(worker.fate());
                let member = Member { worker: Arc::downgrade(&worker), id, info, fate, places };
                Ok((worker, member))
            }
            _ => Err(self.strange(&worker, "it answered its settings with something else")),
        }
    }

    async fn ask(&self, worker: &Worker, request: Request, call: Call) -> Result<Answer, Failure> {
        match worker.ask(request, call.deadline).await {
            Ok(Answer::Error(error)) => Err(failure::of_driver(&self.name, error, false)),
            Ok(answer) => Ok(answer),
            Err(lost) => Err(failure::lost(&self.name, lost, false).1),
        }
    }

    fn strange(&self, worker: &Worker, how: &str) -> Failure {
        worker.condemn();
        failure::broken(&self.name, &Broken(how.to_owned()), false)
    }
}

/// Looks from time to time whether a worker's secrets still hold, and has it replaced when they do not.
async fn watch(way: Arc<Way>, given: Given, worker: Weak<Worker>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        if worker.strong_count() == 0 {
            return;
        }
        if way.has_changed(&given).await {
            if let Some(worker) = worker.upgrade() {
                worker.outdate();
            }
            return;
        }
    }
}
