//! One driver as the manager sees it: whose turn it is, and the lives of its generations.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use crate::model::{DriverName, Generation, Happening, Rejection, Stage};
use crate::plugin::active::{Active, Identity};
use crate::plugin::bundle::Bundle;
use crate::plugin::ledger::Kept;
use crate::plugin::trial;

/// Generations remembered, the one in service included.
const REMEMBERED: usize = 8;
/// Generations of one driver that may drain at once; a further replacement waits for one of them.
pub(super) const MOST_DRAINING: usize = 4;

/// One driver.
pub(super) struct Slot {
    pub(super) name: DriverName,
    /// Changes of one driver follow one another.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) draining: Arc<tokio::sync::Semaphore>,
    view: Mutex<View>,
}

/// What is known of a driver besides what is published.
pub(super) struct View {
    /// The highest number given so far.
    pub(super) last: Generation,
    /// Newest first.
    pub(super) lives: VecDeque<Life>,
    /// Why it is not in service, or why the last change was refused.
    pub(super) rejection: Option<Rejection>,
    /// What a rollback goes back to.
    pub(super) previous: Option<Previous>,
    /// The trial under way.
    pub(super) trial: Option<Arc<trial::Run>>,
    /// What the folders want of it, until somebody sees to it.
    pub(super) wish: Option<Wish>,
}

/// What the plugin folders want of a driver.
pub(super) enum Wish {
    /// To be this.
    Be(Box<Bundle>),
    /// To be gone.
    Go,
}

/// What a rollback goes back to.
#[derive(Clone)]
pub(super) enum Previous {
    /// Still compiled and linked.
    Ready(Arc<Active>),
    /// In the store only, after a restart.
    Stored(Kept),
}

impl Previous {
    pub(super) fn generation(&self) -> Generation {
        match self {
            Self::Ready(active) => active.generation,
            Self::Stored(kept) => Generation(kept.generation),
        }
    }
}

/// The life of one generation.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) generation: Generation,
    pub(super) stage: Stage,
    pub(super) since: SystemTime,
    pub(super) identity: Option<Identity>,
    pub(super) active: Weak<Active>,
}

impl Slot {
    pub(super) fn new(name: DriverName, last: Generation) -> Self {
        let view =
            View { last, lives: VecDeque::new(), rejection: None, previous: None, trial: None, wish: None };
        let draining = Arc::new(tokio::sync::Semaphore::new(MOST_DRAINING));
        Self { name, turn: tokio::sync::Mutex::default(), draining, view: Mutex::new(view) }
    }

    pub(super) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a life back that was never more than a rehearsal.
    pub(super) fn forget(&self, generation: Generation) {
        let mut view = self.view();
        view.lives.retain(|life| life.generation != generation);
    }

    /// Moves a generation on in its life; `false` if that is impossible, which is a defect of ours.
    pub(super) fn happens(&self, generation: Generation, happening: Happening) -> bool {
        let mut view = self.view();
        let Some(life) = view.lives.iter_mut().find(|life| life.generation == generation) else {
            return false;
        };
        match life.stage.after(happening) {
            Ok(stage) => {
                (life.stage, life.since) = (stage, SystemTime::now());
                true
            }
            Err(impossible) => {
                tracing::error!(driver_name = self.name.as_str(), %generation, %impossible, "life cycle broken");
                false
            }
        }
    }
}

impl View {
    /// The next number, and a life under it.
    pub(super) fn begin(&mut self) -> Generation {
        self.last = Generation(self.last.0 + 1);
        self.live(self.last);
        self.last
    }

    /// A life under a number that was given before.
    pub(super) fn live(&mut self, generation: Generation) {
        self.last = self.last.max(generation);
        self.lives.retain(|life| life.generation != generation);
        self.lives.push_front(Life {
            generation,
            stage: Stage::Discovered,
            since: SystemTime::now(),
            identity: None,
            active: Weak::new(),
        });
        // What serves, drains or waits for a rollback is looked at again; the rest is for people.
        let rollback = self.previous.as_ref().map(Previous::generation);
        let needed = |life: &Life| {
            matches!(life.stage, Stage::Active | Stage::Draining | Stage::Validated | Stage::Discovered)
                || Some(life.generation) == rollback
        };
        while self.lives.len() > REMEMBERED
            && let Some(oldest) = self.lives.iter().rposition(|life| !needed(life))
        {
            self.lives.remove(oldest);
        }
    }

    /// A generation that served before is about to serve again.
    pub(super) fn restore(&mut self, active: &Arc<Active>) {
        self.live(active.generation);
        if let Some(life) = self.lives.front_mut() {
            life.stage = Stage::Validated;
        }
        self.identify(active);
    }

    /// Says what a generation is, once that is known.
    pub(super) fn identify(&mut self, active: &Arc<Active>) {
        if let Some(life) = self.lives.iter_mut().find(|life| life.generation == active.generation) {
            (life.identity, life.active) = (Some(active.identity.clone()), Arc::downgrade(active));
        }
    }
}
