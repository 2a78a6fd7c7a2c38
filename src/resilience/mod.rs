//! How failures are met: pure decisions, each a unit of its own, carried out by dispatch.
//!
//! | unit | answers |
//! |---|---|
//! | [`Deadline`] | until when may this request take, and who says so? |
//! | [`Limits`] | may this caller, driver and device take one more call now? |
//! | [`Breakers`] | is it worth asking this driver and device at all? |
//! | [`Retry`], [`RetryBudget`] | may this failure be sent again, and when? |
//! | [`failover`] | which other device may take it? |
//!
//! Two invariants hold over all of them. Whatever may have reached a provider is never sent a second
//! time, unless its device declares that harmless. Every refusal says truthfully when to come back, or
//! that nobody can know.
//!
//! Time and chance are arguments, never read here, except where a wait itself is the unit
//! ([`Bulkhead`]).

mod backoff;
mod breaker;
mod budget;
mod deadline;
pub mod failover;
mod limits;
mod retry;

pub use backoff::{Backoff, Tries};
pub use breaker::{
    Breaker, Breakers, Cause, Change, Forced, Judgement, Pass, Permit, Phase, Refusal, Refused, Scope,
    Snapshot, Verdict,
};
pub use budget::{RetryBudget, RetryBudgets};
pub use deadline::{Bound, Deadline};
pub use limits::{Bulkhead, Full, Guest, Limits, Place, RateLimit, Size};
pub use retry::{Attempt, Decision, Retry, Stop};
