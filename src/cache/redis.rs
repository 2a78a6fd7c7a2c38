//! A Redis server as the level that hosts share.
//!
//! One connection for looks and writes, one to hear what changed on other hosts; both are kept up in the
//! background. A look that takes longer than its bound, or fails, has the server left alone for a while, so that
//! a slow server costs a few milliseconds now and then, and a dead one nothing. What this host has calibrated
//! is told first whenever the connection comes up, and until that is done nothing is read.
//!
//! Keys: `PREFIX:r:KEY` holds a result for its time to live, `PREFIX:c:DEVICE` a random mark that a change replaces;
//! what changes is published on `PREFIX:changed`. A value is a version, the time it was made (Unix ms), the mark
//! then, all little endian, and the result. A full server may drop a mark like anything else: the next one is
//! another, so that nothing older is taken for true.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use futures::StreamExt as _;
use rand::Rng as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisResult};
use tokio::sync::{Notify, mpsc};

use super::key::ResultKey;
use super::shared::{Changed, Kept, Look, Shared};
use crate::config::RedisConfig;
use crate::model::DeviceId;
use crate::telemetry::{Telemetry, events};

const VERSION: u8 = 1;
const HEAD: usize = 1 + 8 + 8;
/// Time for a connection to come up, and for what is written in the background.
const PATIENCE: Duration = Duration::from_secs(1);

/// The server, as this host sees it.
pub struct Redis {
    link: Arc<Link>,
    writes: mpsc::Sender<Write>,
    changed: tokio::sync::Mutex<mpsc::Receiver<Changed>>,
}

struct Write {
    key: String,
    value: Vec<u8>,
}

struct Link {
    client: Client,
    config: RedisConfig,
    ttl: Duration,
    telemetry: Telemetry,
    state: Mutex<State>,
    /// The connection is to be looked after: it broke, or there is something to tell.
    wake: Notify,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Until then the server is left alone.
    alone_until: Option<Instant>,
    /// Devices that changed here, and of which the server does not know yet.
    untold: BTreeSet<DeviceId>,
    /// Devices that have no mark at the server.
    unmarked: BTreeSet<DeviceId>,
}

impl Redis {
    /// The server at this URL; it need not be there yet. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If the URL is none.
    pub fn new(url: &str, config: &RedisConfig, ttl: Duration, telemetry: Telemetry) -> RedisResult<Self> {
        let link = Arc::new(Link {
            client: Client::open(url)?,
            config: config.clone(),
            ttl,
            telemetry,
            state: Mutex::default(),
            wake: Notify::new(),
        });
        let (writes, queue) = mpsc::channel(config.queue);
        let (tell, changed) = mpsc::channel(config.queue);
        tokio::spawn(keep_up(Arc::clone(&link)));
        tokio::spawn(write(Arc::clone(&link), queue));
        tokio::spawn(hear(Arc::clone(&link), tell));
        Ok(Self { link, writes, changed: tokio::sync::Mutex::new(changed) })
    }
}

#[async_trait]
impl Shared for Redis {
    async fn look(&self, key: &ResultKey, device: &DeviceId) -> Look {
        let link = &self.link;
        let Some(mut connection) = link.usable() else {
            link.count("away");
            return Look::default();
        };
        let mut both = redis::pipe();
        both.get(link.result(key)).get(link.changes(device));
        let asked = both.query_async::<(Option<Vec<u8>>, Option<u64>)>(&mut connection);
        match tokio::time::timeout(link.config.timeout, asked).await {
            Ok(Ok((value, epoch))) => {
                let Some(epoch) = epoch else {
                    link.state().unmarked.insert(device.clone());
                    link.wake.notify_one();
                    link.count("unmarked");
                    return Look::default();
                };
                let found = value.and_then(|value| read(&value, epoch));
                link.count(if found.is_some() { "hit" } else { "miss" });
                Look { found, epoch: Some(epoch) }
            }
            Ok(Err(_)) => {
                link.lost();
                Look::default()
            }
            Err(_) => {
                link.leave_alone();
                Look::default()
            }
        }
    }

    fn keep(&self, key: &ResultKey, _device: &DeviceId, epoch: u64, kept: Kept) {
        if kept.bytes.len() as u64 > self.link.config.max_result.bytes() {
            return;
        }
        let made = kept.made.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let mut value = Vec::with_capacity(HEAD + kept.bytes.len());
        value.push(VERSION);
        value.extend(u64::try_from(made).unwrap_or_default().to_le_bytes());
        value.extend(epoch.to_le_bytes());
        value.extend(kept.bytes);
        // Over the bound it is not kept: the next host runs it once more.
        if self.writes.try_send(Write { key: self.link.result(key), value }).is_err() {
            self.link.count("dropped");
        }
    }

    fn device_changed(&self, device: &DeviceId) {
        self.link.state().untold.insert(device.clone());
        self.link.wake.notify_one();
    }

    async fn changed_elsewhere(&self) -> Changed {
        match self.changed.lock().await.recv().await {
            Some(changed) => changed,
            // The listener is gone with the runtime.
            None => std::future::pending().await,
        }
    }
}

impl Link {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, if it may be asked now.
    fn usable(&self) -> Option<MultiplexedConnection> {
        let state = self.state();
        let alone = state.alone_until.is_some_and(|until| Instant::now() < until);
        if alone || !state.untold.is_empty() { None } else { state.connection.clone() }
    }

    fn lost(&self) {
        self.state().connection = None;
        self.wake.notify_one();
        self.count("error");
    }

    fn leave_alone(&self) {
        self.state().alone_until = Some(Instant::now() + self.config.pause);
        self.count("timeout");
    }

    fn count(&self, outcome: &'static str) {
        self.telemetry.metrics().shared_cache(outcome);
    }

    fn result(&self, key: &ResultKey) -> String {
        let digits = key.as_bytes().iter().fold(String::new(), |mut digits, byte| {
            // Writing to a string cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        format!("{}:r:{digits}", self.config.prefix)
    }

    fn changes(&self, device: &DeviceId) -> String {
        format!("{}:c:{device}", self.config.prefix)
    }

    fn channel(&self) -> String {
        format!("{}:changed", self.config.prefix)
    }

    /// Tells the server of every change here that it does not know of.
    async fn tell(&self, connection: &mut MultiplexedConnection) -> RedisResult<()> {
        loop {
            let Some(device) = self.state().untold.first().cloned() else { break };
            let mut both = redis::pipe();
            both.set(self.changes(&device), mark()).ignore();
            both.publish(self.channel(), device.as_str()).ignore();
            both.query_async::<()>(connection).await?;
            self.state().untold.remove(&device);
        }
        loop {
            let Some(device) = self.state().unmarked.pop_first() else { return Ok(()) };
            // Another host may have been faster: its mark is as good.
            let key = self.changes(&device);
            redis::cmd("SETNX").arg(key).arg(mark()).query_async::<()>(connection).await?;
        }
    }
}

/// Keeps the connection up, and the server informed.
async fn keep_up(link: Arc<Link>) {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    // Told once, when it changes.
    let mut there = None;
    loop {
        let known = link.state().connection.clone();
        let connection = match known {
            Some(connection) => Ok(connection),
            None => link.client.get_multiplexed_async_connection_with_config(&config).await,
        };
        let told = match connection {
            Ok(mut connection) => link.tell(&mut connection).await.map(|()| connection),
            Err(error) => Err(error),
        };
        match told {
            Ok(connection) => {
                link.state().connection = Some(connection);
                if there.replace(true) != Some(true) {
                    link.telemetry.emit(events::SharedCacheFound {});
                }
                link.wake.notified().await;
            }
            Err(error) => {
                link.state().connection = None;
                if there.replace(false) != Some(false) {
                    link.telemetry.emit(events::SharedCacheLost { cause: &error.to_string() });
                }
                tokio::time::sleep(link.config.pause).await;
            }
        }
    }
}

/// Writes what is to be kept, one after the other.
async fn write(link: Arc<Link>, mut queue: mpsc::Receiver<Write>) {
    let ttl = u64::try_from(link.ttl.as_millis()).unwrap_or(u64::MAX);
    while let Some(Write { key, value }) = queue.recv().await {
        let Some(mut connection) = link.usable() else { continue };
        let written = redis::cmd("SET").arg(key).arg(value).arg("PX").arg(ttl).to_owned();
        match tokio::time::timeout(PATIENCE, written.query_async::<()>(&mut connection)).await {
            Ok(Ok(())) => link.count("kept"),
            // A full server refuses writes, and serves reads as before.
            Ok(Err(error)) if !error.is_io_error() => link.count("refused"),
            Ok(Err(_)) => link.lost(),
            Err(_) => link.leave_alone(),
        }
    }
}

/// Hears what changes on other hosts.
async fn hear(link: Arc<Link>, tell: mpsc::Sender<Changed>) {
    loop {
        if let Ok(mut messages) = link.client.get_async_pubsub().await
            && messages.subscribe(link.channel()).await.is_ok()
        {
            // What was published before nobody heard.
            if tell.send(Changed::Anything).await.is_err() {
                return;
            }
            let mut messages = messages.into_on_message();
            while let Some(message) = messages.next().await {
                let changed = match message.get_payload::<String>() {
                    Ok(device) => Changed::Device(DeviceId::new(device)),
                    Err(_) => Changed::Anything,
                };
                if tell.send(changed).await.is_err() {
                    return;
                }
            }
        }
        tokio::time::sleep(link.config.pause).await;
    }
}

/// A new mark.
fn mark() -> u64 {
    rand::rng().random()
}

/// A value, if this version has written it, and the device has not changed since.
fn read(value: &[u8], epoch: u64) -> Option<Kept> {
    let (head, bytes) = value.split_at_checked(HEAD)?;
    let number = |range: std::ops::Range<usize>| head.get(range)?.try_into().ok().map(u64::from_le_bytes);
    let (made, then) = (number(1..9)?, number(9..17)?);
    let made: SystemTime = UNIX_EPOCH.checked_add(Duration::from_millis(made))?;
    (head[0] == VERSION && then == epoch).then(|| Kept { made, bytes: bytes.to_vec() })
}
