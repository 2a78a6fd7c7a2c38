//! When to look at the plugin folders: at events of the file system, again and again, or never.
//!
//! An event only says "look": what is new is for the scanner to find, so that a lost or doubled event does
//! no harm. Only the folders that may hold plugins are watched, not what lies deeper.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::config::{Config, WatchMode};

/// Events come in swarms: so long after the first one a look is taken, however many follow.
const SWARM: Duration = Duration::from_millis(5);

/// Says when to look.
pub(super) struct Watcher {
    directories: Vec<PathBuf>,
    most: usize,
    interval: Duration,
    source: Source,
}

enum Source {
    Events { watcher: RecommendedWatcher, watched: BTreeSet<PathBuf>, happened: Arc<Notify> },
    Poll,
    Off,
}

impl Watcher {
    /// A watcher as the config says. Where the system gives no events it polls, and says so.
    pub(super) fn new(config: &Config) -> Self {
        let plugins = &config.plugins;
        let source = match plugins.watch {
            WatchMode::Off => Source::Off,
            WatchMode::Poll => Source::Poll,
            WatchMode::Events => events().unwrap_or_else(|error| {
                tracing::warn!(%error, interval = ?plugins.poll_interval, "plugin folders send no events and are polled");
                Source::Poll
            }),
        };
        let mut watcher = Self {
            directories: plugins.directories.clone(),
            most: plugins.max_plugins,
            interval: plugins.poll_interval,
            source,
        };
        watcher.watch_folders();
        watcher
    }

    /// Waits until a look is due, or until `unsettled`.
    pub(super) async fn changed(&mut self, unsettled: Option<Instant>) {
        let settled = async {
            match unsettled {
                Some(then) => tokio::time::sleep_until(then.into()).await,
                None => std::future::pending().await,
            }
        };
        let due = async {
            match &self.source {
                Source::Events { happened, .. } => {
                    happened.notified().await;
                    tokio::time::sleep(SWARM).await;
                }
                Source::Poll => tokio::time::sleep(self.interval).await,
                Source::Off => std::future::pending().await,
            }
        };
        tokio::select! {
            () = settled => {}
            () = due => {}
        }
        // New folders are watched before the look, so that nothing falls in between.
        self.watch_folders();
    }

    /// Watches the folders that are there now; of one that is missing, the nearest that is there.
    fn watch_folders(&mut self) {
        let wanted = folders(&self.directories, self.most);
        let Source::Events { watcher, watched, .. } = &mut self.source else { return };
        for gone in watched.difference(&wanted).cloned().collect::<Vec<_>>() {
            // A folder that was removed is no longer watched anyway.
            let _ = watcher.unwatch(&gone);
            watched.remove(&gone);
        }
        let mut refused = None;
        for folder in wanted.difference(watched).cloned().collect::<Vec<_>>() {
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => _ = watched.insert(folder),
                // It may have gone meanwhile; its parent's event brings the next look.
                Err(_) if !folder.exists() => {}
                Err(error) => refused = Some((folder, error)),
            }
        }
        if let Some((folder, error)) = refused {
            tracing::warn!(folder = %folder.display(), %error, interval = ?self.interval, "plugin folders cannot be watched and are polled");
            self.source = Source::Poll;
        }
    }
}

fn events() -> notify::Result<Source> {
    let happened = Arc::new(Notify::new());
    let tell = Arc::clone(&happened);
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An error may mean that events were lost.
        if event.is_err() || event.is_ok_and(|event| event.need_rescan() || matters(event.kind)) {
            tell.notify_one();
        }
    })?;
    Ok(Source::Events { watcher, watched: BTreeSet::new(), happened })
}

/// Reading is an event too, and our own looks must not cause further ones.
fn matters(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// The folders that hold plugins or may come to: each directory, its `dist`, and their sub-folders.
fn folders(directories: &[PathBuf], most: usize) -> BTreeSet<PathBuf> {
    let mut all = BTreeSet::new();
    for directory in directories {
        all.insert(nearest(directory));
        for folder in [directory.clone(), directory.join("dist")] {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            all.insert(folder);
            let visible = |path: &PathBuf| {
                path.is_dir() && path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'))
            };
            all.extend(entries.filter_map(|entry| Some(entry.ok()?.path())).filter(visible).take(most));
        }
    }
    all
}

/// The folder itself, or the nearest above it that is there.
fn nearest(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find(|folder| !folder.as_os_str().is_empty() && folder.is_dir());
    there.map_or_else(|| PathBuf::from("."), Path::to_owned)
}
