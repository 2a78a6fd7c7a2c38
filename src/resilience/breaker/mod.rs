//! Circuit breakers: whom it is not worth asking right now.
//!
//! [`Breaker`] is the state machine, pure: the clock is an argument, changes are return values.
//! [`Breakers`] keeps one for every driver and device, and [`Judgement`] says what a call means for each.
//!
//! The invariants: closed, everything passes; open, nothing does until the time is over; half-open, at
//! most `probes` calls are under way. A refusal names the time after which a call will be let through if
//! nothing else happens. A call that began before the last change of phase has no say after it.

mod board;
mod judgement;
mod state;
#[cfg(test)]
mod tests;
mod window;

use std::time::Instant;

pub use board::{Breakers, Permit, Refused};
pub use judgement::{Judgement, Verdict};
pub use state::{Cause, Change, Forced, Phase, Refusal, Scope, Snapshot};

use crate::config::BreakerConfig;
use window::Window;

/// One circuit breaker.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerConfig,
    state: State,
    forced: Option<Forced>,
    window: Window,
    consecutive: u32,
    /// How often it opened again without having been closed; each time doubles the refusal.
    relapses: u32,
    opened: u64,
    /// Counts changes of phase, so that late calls are recognised.
    epoch: u64,
    probes_sent: u64,
}

#[derive(Debug)]
enum State {
    Closed,
    Open { until: Instant },
    HalfOpen { under_way: Vec<Probe>, successes: u32 },
}

#[derive(Debug)]
struct Probe {
    number: u64,
    since: Instant,
}

/// The permission to make one call; goes back with [`Breaker::record`] or [`Breaker::release`].
#[derive(Debug)]
#[must_use]
pub struct Pass {
    epoch: u64,
    probe: Option<u64>,
    change: Option<Change>,
}

impl Pass {
    /// The change of phase that let the call through, if there was one.
    pub fn change(&self) -> Option<Change> {
        self.change
    }
}

impl Breaker {
    /// A closed breaker.
    pub fn new(settings: BreakerConfig, now: Instant) -> Self {
        Self {
            settings,
            state: State::Closed,
            forced: None,
            window: Window::new(settings.window, now),
            consecutive: 0,
            relapses: 0,
            opened: 0,
            epoch: 0,
            probes_sent: 0,
        }
    }

    /// Puts other settings in force; what was counted stays, unless the window's length changes.
    pub fn configure(&mut self, settings: BreakerConfig, now: Instant) {
        if settings.window != self.settings.window {
            self.window = Window::new(settings.window, now);
        }
        self.settings = settings;
    }

    /// The settings in force.
    pub fn settings(&self) -> &BreakerConfig {
        &self.settings
    }

    /// Lets a call through, or says when one may.
    pub fn admit(&mut self, now: Instant) -> Result<Pass, Refusal> {
        if self.forced == Some(Forced::Open) {
            return Err(Refusal { remaining: None });
        }
        if self.is_idle() {
            return Ok(self.pass(None, None));
        }
        let mut change = None;
        if let State::Open { until } = self.state {
            let remaining = until.saturating_duration_since(now);
            if !remaining.is_zero() {
                return Err(Refusal { remaining: Some(remaining) });
            }
            change = Some(self.enter(State::HalfOpen { under_way: Vec::new(), successes: 0 }, Cause::Waited));
        }
        let patience = self.settings.open_for;
        let State::HalfOpen { under_way, .. } = &mut self.state else { return Ok(self.pass(None, None)) };
        // A probe that is not back by now, or was forgotten, does not keep others from trying.
        under_way.retain(|probe| now.saturating_duration_since(probe.since) < patience);
        if under_way.len() >= self.settings.probes as usize {
            let oldest = under_way.iter().map(|probe| probe.since).min().unwrap_or(now);
            return Err(Refusal { remaining: Some((oldest + patience).saturating_duration_since(now)) });
        }
        self.probes_sent += 1;
        under_way.push(Probe { number: self.probes_sent, since: now });
        Ok(self.pass(Some(self.probes_sent), change))
    }

    /// Hears what became of a call.
    pub fn record(&mut self, pass: Pass, verdict: Verdict, now: Instant) -> Option<Change> {
        let (failed, took) = match verdict {
            Verdict::Success { took } => (false, took),
            Verdict::Failure { took } => (true, took),
            Verdict::Nothing => {
                self.release(pass);
                return None;
            }
        };
        if pass.epoch != self.epoch {
            return None;
        }
        let slow = self.looks_at_slow_calls() && took >= self.settings.slow_call;
        self.window.add(now, failed, slow);
        self.consecutive = if failed { self.consecutive.saturating_add(1) } else { 0 };
        if self.is_idle() {
            return None;
        }
        match &mut self.state {
            State::Closed => {
                let cause = self.trips(now)?;
                Some(self.open(cause, now))
            }
            State::HalfOpen { .. } if failed || slow => {
                self.relapses = self.relapses.saturating_add(1);
                Some(self.open(Cause::ProbeFailed, now))
            }
            State::HalfOpen { under_way, successes } => {
                under_way.retain(|probe| Some(probe.number) != pass.probe);
                *successes += 1;
                (*successes >= self.settings.close_after).then(|| self.close(Cause::ProbesSucceeded, now))
            }
            State::Open { .. } => None,
        }
    }

    /// Takes back the pass of a call from which nothing was learnt.
    #[expect(clippy::needless_pass_by_value, reason = "a pass is used once")]
    pub fn release(&mut self, pass: Pass) {
        if let State::HalfOpen { under_way, .. } = &mut self.state {
            // The numbers of probes are never used twice, so that of an earlier epoch finds nothing.
            under_way.retain(|probe| Some(probe.number) != pass.probe);
        }
    }

    /// Holds the breaker open or closed; `None` lets it go, closed and with nothing counted.
    pub fn force(&mut self, forced: Option<Forced>, now: Instant) -> Option<Change> {
        let from = self.phase(now);
        self.forced = forced;
        self.close(Cause::Operator, now);
        let to = self.phase(now);
        (from != to).then_some(Change { from, to, cause: Cause::Operator })
    }

    /// How it stands.
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let counts = self.window.counts(now);
        let remaining = match self.state {
            State::Open { until } => Some(until.saturating_duration_since(now)),
            State::Closed | State::HalfOpen { .. } => None,
        };
        Snapshot {
            phase: self.phase(now),
            forced: self.forced,
            calls: counts.calls,
            failures: counts.failures,
            slow: counts.slow,
            consecutive_failures: self.consecutive,
            opened: self.opened,
            remaining: remaining.filter(|_| self.phase(now) == Phase::Open),
        }
    }

    fn phase(&self, now: Instant) -> Phase {
        match (self.forced, &self.state) {
            (Some(Forced::Open), _) => Phase::Open,
            (Some(Forced::Closed), _) | (None, State::Closed) => Phase::Closed,
            (None, State::Open { until }) if now < *until => Phase::Open,
            (None, State::Open { .. } | State::HalfOpen { .. }) => Phase::HalfOpen,
        }
    }

    /// Whether it only counts: switched off, or held closed.
    fn is_idle(&self) -> bool {
        !self.settings.enabled || self.forced.is_some()
    }

    fn looks_at_slow_calls(&self) -> bool {
        !self.settings.slow_call.is_zero()
    }

    fn trips(&self, now: Instant) -> Option<Cause> {
        let settings = &self.settings;
        if settings.consecutive_failures > 0 && self.consecutive >= settings.consecutive_failures {
            return Some(Cause::ConsecutiveFailures);
        }
        let counts = self.window.counts(now);
        if counts.calls < u64::from(settings.min_calls) {
            return None;
        }
        if counts.reaches(counts.failures, settings.error_rate.0) {
            return Some(Cause::ErrorRate);
        }
        let slow = self.looks_at_slow_calls() && counts.reaches(counts.slow, settings.slow_rate.0);
        slow.then_some(Cause::SlowCalls)
    }

    fn open(&mut self, cause: Cause, now: Instant) -> Change {
        let doubled = self.settings.open_for.saturating_mul(1 << self.relapses.min(31));
        let refused = doubled.min(self.settings.open_longest.max(self.settings.open_for));
        self.opened += 1;
        self.enter(State::Open { until: now + refused }, cause)
    }

    fn close(&mut self, cause: Cause, now: Instant) -> Change {
        self.window = Window::new(self.settings.window, now);
        self.consecutive = 0;
        self.relapses = 0;
        self.enter(State::Closed, cause)
    }

    fn enter(&mut self, state: State, cause: Cause) -> Change {
        let phase = |state: &State| match state {
            State::Closed => Phase::Closed,
            State::Open { .. } => Phase::Open,
            State::HalfOpen { .. } => Phase::HalfOpen,
        };
        let change = Change { from: phase(&self.state), to: phase(&state), cause };
        self.state = state;
        self.epoch += 1;
        change
    }

    fn pass(&self, probe: Option<u64>, change: Option<Change>) -> Pass {
        Pass { epoch: self.epoch, probe, change }
    }
}
