//! The way out for drivers that make their own connections: an HTTP proxy of one generation, on this machine.
//!
//! What goes through as plain HTTP is a request like any other driver's, under the same rules. What goes through
//! encrypted (`CONNECT`, RFC 9110 9.3.6) is a tunnel to a host that a rule names: methods and paths cannot be seen
//! in it, so that rules which restrict them are refused instead of being ignored. The invariants: nobody without the
//! generation's credential gets an answer of any use; no tunnel outlives its proxy; each wait is bounded.

mod rules;
mod serve;
mod tunnel;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as PLAIN;
use rand::RngCore as _;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use zeroize::Zeroizing;

use super::client::Driver;
use super::network::Network;
use crate::config::{DriverLimits, EgressRule};
use crate::model::DriverName;
use crate::secrets::Secret;

pub use rules::unenforceable;

/// The user in the credential: proxies want one, and nothing depends on it.
const USER: &str = "driver";
/// Bytes of randomness in the password.
const STRENGTH: usize = 32;

/// A proxy that listens. It and all that goes through it ends when this is dropped.
pub struct Proxy {
    address: SocketAddr,
    password: Secret,
    _listening: AbortOnDropHandle<()>,
}

impl Proxy {
    /// Starts one, on a port of the kernel's choice.
    ///
    /// # Errors
    /// If there is no port to be had.
    pub async fn start(
        network: &Arc<Network>,
        name: DriverName,
        rules: &[EgressRule],
        limits: &DriverLimits,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut random = Zeroizing::new([0; STRENGTH]);
        rand::rng().fill_bytes(random.as_mut_slice());
        let password = Secret::new(PLAIN.encode(random.as_slice()));
        let pair = Zeroizing::new(format!("{USER}:{}", password.reveal()));
        let wanted = Secret::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        let driver = Driver::new(Arc::clone(network), name, rules, limits);
        let listening = network.threads.spawn(serve::listen(listener, driver, wanted));
        Ok(Self { address, password, _listening: AbortOnDropHandle::new(listening) })
    }

    /// The port it listens on, on the loopback address.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its URL with the credential, as clients take it from `HTTPS_PROXY`.
    pub fn url(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("http://{USER}:{}@{}", self.password.reveal(), self.address))
    }

    /// The credential's secret part, so that it can be kept out of logs.
    pub fn password(&self) -> &Secret {
        &self.password
    }
}
