//! The plugin folders, followed: what appears is loaded, what changes is swapped, what goes is unloaded.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Manager;
use super::commands::refusal;
use super::slot::{Slot, Wish};
use crate::config::{Config, WatchMode};
use crate::model::DriverName;
use crate::plugin::bundle::{Bundle, Origin};
use crate::plugin::change::{ChangeError, ChangeOutcome};
use crate::plugin::discovery::{Scan, Scanner};
use crate::plugin::watch::Watcher;

impl Manager {
    /// Follows the folders until `stop`, in the way the config says; after a reload, as the new one says.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let config = self.config.load_full();
            let mut watcher = Watcher::new(&config);
            // What happened between the look at start-up and the first watch sent no event.
            if config.plugins.watch != WatchMode::Off {
                self.look().await;
            }
            loop {
                let unsettled = self.scanner.lock().await.next_look();
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.reconfigured.notified() => break,
                    () = watcher.changed(unsettled) => self.look().await,
                }
            }
        }
    }

    /// Looks once, and sees to what is new. Each driver in a task of its own: one that compiles for long
    /// holds up no other.
    pub(super) async fn look(self: &Arc<Self>) {
        let scan = self.look_around().await;
        self.heed(scan, None);
    }

    /// Sees to what is new, but for one driver, which whoever looked sees to.
    fn heed(self: &Arc<Self>, scan: Scan, but: Option<&DriverName>) {
        let concerns = |name: &DriverName| but != Some(name);
        for (name, _, rejection) in scan.refused.into_iter().filter(|(name, ..)| concerns(name)) {
            self.refused(&self.slot(&name), None, &rejection);
        }
        for (name, bundle) in scan.found.into_iter().filter(|(name, _)| concerns(name)) {
            self.wish(&name, Wish::Be(Box::new(bundle)));
        }
        for name in scan.gone.into_iter().filter(concerns) {
            self.wish(&name, Wish::Go);
        }
    }

    /// The folders as of now: what is there, what is new, what is gone.
    pub(super) async fn look_around(&self) -> Scan {
        self.look_with(|_| {}).await
    }

    /// The folders as of now, as if nothing had been seen before. What it tells of, no other look does.
    pub(super) async fn look_anew(&self, config: &Arc<Config>) -> Scan {
        let config = Arc::clone(config);
        self.look_with(move |scanner| *scanner = Scanner::new(&config)).await
    }

    async fn look_with(&self, prepare: impl FnOnce(&mut Scanner) + Send + 'static) -> Scan {
        let scanner = Arc::clone(&self.scanner);
        let looked = tokio::task::spawn_blocking(move || {
            let mut scanner = scanner.blocking_lock();
            prepare(&mut scanner);
            scanner.scan(std::time::Instant::now())
        });
        match looked.await {
            Ok(scan) => scan,
            Err(gone) => {
                tracing::error!(cause = %gone, "looking for plugins failed");
                *self.scanner.lock().await = Scanner::new(&self.config.load());
                Scan::default()
            }
        }
    }

    /// What discovery finds under a name.
    pub(super) async fn discovered(self: &Arc<Self>, name: &DriverName) -> Result<Bundle, ChangeError> {
        let scan = self.look_around().await;
        self.heed(scan, Some(name));
        let found = self.scanner.lock().await.current(name);
        match found {
            Some(Ok(bundle)) => Ok(bundle),
            Some(Err(rejection)) => Err(refusal(name, rejection)),
            None => Err(ChangeError::Unknown(name.clone())),
        }
    }

    /// Notes what the folders want of a driver; only the latest wish is carried out.
    fn wish(self: &Arc<Self>, name: &DriverName, wish: Wish) {
        let slot = self.slot(name);
        if slot.view().wish.replace(wish).is_some() {
            return;
        }
        let manager = Arc::clone(self);
        tokio::spawn(async move {
            let _turn = slot.turn.lock().await;
            let wish = slot.view().wish.take();
            match wish {
                Some(Wish::Be(bundle)) => manager.take_up(&slot, *bundle).await,
                Some(Wish::Go) => manager.file_gone(&slot).await,
                None => {}
            }
        });
    }

    /// A bundle that a folder offers. The caller holds the slot's turn.
    pub(super) async fn take_up(self: &Arc<Self>, slot: &Arc<Slot>, bundle: Bundle) {
        let id = bundle.id;
        if self.ledger.record(slot.name.as_str()).observed == Some(id.to_string()) {
            let serving = self.registry.snapshot().serving(&slot.name).cloned();
            if serving.is_none_or(|serving| serving.identity.bundle != id) {
                // Accepted before, and replaced or unloaded by an operator since: not a new wish.
                return;
            }
        }
        let taken = self.bring(slot, bundle, None, false, &|_| {}).await;
        if let Ok(change) = &taken
            && matches!(
                change.outcome,
                ChangeOutcome::Changed | ChangeOutcome::Unchanged | ChangeOutcome::OnTrial
            )
        {
            self.accepted(&slot.name, id).await;
        }
    }

    /// The file of a driver has gone for good.
    async fn file_gone(self: &Arc<Self>, slot: &Arc<Slot>) {
        let Some(serving) = self.registry.snapshot().serving(&slot.name).cloned() else {
            // What was never in service is no longer worth a line.
            let _ = self.registry.forget(&slot.name, || Ok(()));
            slot.view().rejection = None;
            return;
        };
        if !matches!(Origin::parse(&serving.identity.origin), Origin::File(_)) {
            return;
        }
        self.break_off_trial(slot);
        if let Err(rejection) = self.withdraw(slot).await {
            self.refused(slot, Some(serving.generation), &rejection);
            return;
        }
        if let Err(rejection) = self.observed(&slot.name, None).await {
            self.refused(slot, None, &rejection);
        }
    }
}
