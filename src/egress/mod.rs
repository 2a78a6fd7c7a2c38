//! Outbound HTTP for drivers, by permission.
//!
//! A driver asks; the host decides by the operator's rules ([`policy`]), finds the address, checks what it is
//! ([`zone`]) and connects to that very address ([`dial`]), adds the secret that the rule names, and hands back the
//! answer within its bounds. The invariants: nothing is reached that no rule names; a driver never sees a secret,
//! and sends none of its own; no redirect is followed, since a redirect is another request. A driver that makes its
//! own connections gets a way out with the same rules for hosts ([`proxy`]).

mod aws;
mod body;
mod client;
mod dial;
mod error;
mod headers;
mod network;
pub mod policy;
pub mod proxy;
mod rates;
mod token;
pub mod zone;

pub use body::{Body, boxed};
pub use client::{Driver, Patience};
pub use error::Error;
pub use network::Network;
