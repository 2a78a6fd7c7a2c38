//! A tunnel: bytes both ways between a driver and a host that a rule names, and nothing known of them but how many.

use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{Request, Uri};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

use crate::egress::client::Driver;
use crate::egress::error::Error;
use crate::egress::policy::Denied;
use crate::egress::rates::Pace;
use crate::telemetry::events;

/// Bytes that are held at once, for each direction.
const CHUNK: usize = 16 << 10;

/// A host is connected to; the driver is not told yet.
pub(super) struct Tunnel {
    host: String,
    began: Instant,
    driver_side: OnUpgrade,
    host_side: TcpStream,
    _place: OwnedSemaphorePermit,
}

/// Why a tunnel ended.
enum End {
    Done,
    Broken,
    Idle,
    TooOld,
}

impl End {
    fn name(&self) -> &'static str {
        match self {
            Self::Done => "",
            Self::Broken => "broken",
            Self::Idle => "idle",
            Self::TooOld => "too_old",
        }
    }
}

/// Connects to where a driver wants to get.
///
/// # Errors
/// If no rule names the host, or nobody is there.
pub(super) async fn open(driver: &Driver, mut request: Request<Incoming>) -> Result<Tunnel, Error> {
    let began = Instant::now();
    let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let opened = async {
        let target = target(request.uri()).ok_or(Error::Denied(Denied::Ambiguous))?;
        driver.tunnel(&target).await
    };
    match opened.await {
        Ok((host_side, place)) => {
            let driver_side = hyper::upgrade::on(&mut request);
            Ok(Tunnel { host, began, driver_side, host_side, _place: place })
        }
        Err(error) => {
            let cause = error.to_string();
            driver.tell(|driver| events::OutboundTunnel {
                driver,
                host: &host,
                error: error.name(),
                cause: &cause,
                sent: 0,
                received: 0,
                elapsed: began.elapsed(),
            });
            Err(error)
        }
    }
}

/// `HOST:PORT` as the URL that rules speak of; the port must be said.
fn target(uri: &Uri) -> Option<Uri> {
    let authority = uri.authority()?;
    authority.port()?;
    Uri::builder().scheme("https").authority(authority.clone()).path_and_query("/").build().ok()
}

impl Tunnel {
    /// Carries bytes until one side has enough, or a bound is reached; then tells of it.
    pub(super) async fn run(self, driver: &Driver) {
        let Self { host, began, driver_side, host_side, _place } = self;
        let bounds = driver.bounds();
        let flow = Flow { idle: bounds.tunnel_idle_timeout, ..Flow::default() };
        let carried = async {
            let Ok(driver_side) = driver_side.await else { return End::Broken };
            let (mut from_driver, mut to_driver) = tokio::io::split(TokioIo::new(driver_side));
            let (mut from_host, mut to_host) = host_side.into_split();
            let out = flow.carry(&mut from_driver, &mut to_host, driver.pace("sent"), &flow.sent);
            let back = flow.carry(&mut from_host, &mut to_driver, driver.pace("received"), &flow.received);
            match tokio::try_join!(out, back) {
                Ok(_) => End::Done,
                Err(end) => end,
            }
        };
        let end = tokio::time::timeout(bounds.tunnel_lifetime, carried).await.unwrap_or(End::TooOld);
        driver.tell(|driver| events::OutboundTunnel {
            driver,
            host: &host,
            error: end.name(),
            cause: "",
            sent: flow.sent.load(Ordering::Relaxed),
            received: flow.received.load(Ordering::Relaxed),
            elapsed: began.elapsed(),
        });
    }
}

/// What both directions share: a tunnel is idle when neither moves.
struct Flow {
    idle: Duration,
    moved: Mutex<Instant>,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Default for Flow {
    fn default() -> Self {
        let (sent, received) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { idle: Duration::ZERO, moved: Mutex::new(Instant::now()), sent, received }
    }
}

impl Flow {
    /// Carries one direction to its end, which is told to the other side.
    async fn carry(
        &self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        mut pace: Pace,
        counted: &AtomicU64,
    ) -> Result<(), End> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = loop {
                match tokio::time::timeout(self.idle, from.read(&mut chunk)).await {
                    // Many hang up without a word: that they had enough is for TLS to know.
                    Ok(read) => break read.unwrap_or(0),
                    Err(_) if self.is_idle() => return Err(End::Idle),
                    Err(_) => {}
                }
            };
            if length == 0 {
                let _ = to.shutdown().await;
                return Ok(());
            }
            self.moves();
            pace.owe(length);
            poll_fn(|context| pace.poll(context)).await;
            let written = tokio::time::timeout(self.idle, to.write_all(&chunk[..length])).await;
            if written.map_err(|_| End::Idle)?.is_err() {
                return Err(End::Done);
            }
            counted.fetch_add(length as u64, Ordering::Relaxed);
            self.moves();
        }
    }

    fn moves(&self) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_idle(&self) -> bool {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).elapsed() >= self.idle
    }
}
