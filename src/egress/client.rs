//! The client: one for each driver, so that connections are shared by its instances and by nobody else.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::body::{Body, Bounded, boxed};
use super::dial::Dial;
use super::error::Error;
use super::headers;
use super::policy::{Policy, Rule};
use super::token::Tokens;
use crate::config::{Config, Egress, EgressRule};
use crate::model::DriverName;
use crate::secrets::{Secret, Secrets};
use crate::telemetry::{Telemetry, events};

type Client = legacy::Client<HttpsConnector<Dial>, Limited<Body>>;

/// What all drivers share: bounds, secrets, trusted authorities, and the threads that do the work.
pub struct Network {
    bounds: Egress,
    secrets: Secrets,
    tokens: Tokens,
    telemetry: Telemetry,
    /// Drivers' own threads may be busy: what comes from outside must not wait for them.
    threads: Handle,
    tls: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Network {
    /// Must be made within the tokio runtime that is to do the work.
    pub fn new(config: &Config, telemetry: Telemetry) -> Arc<Self> {
        Arc::new(Self {
            bounds: config.egress.clone(),
            secrets: Secrets::new(&config.secrets),
            tokens: Tokens::new(&config.secrets),
            telemetry,
            threads: Handle::current(),
            tls: OnceLock::new(),
        })
    }

    /// The way out for one generation of a driver.
    pub fn driver(self: &Arc<Self>, name: DriverName, rules: &[EgressRule]) -> Arc<Driver> {
        Arc::new(Driver {
            network: Arc::clone(self),
            name,
            policy: Arc::new(Policy::new(rules)),
            room: Arc::new(Semaphore::new(self.bounds.concurrent)),
            client: OnceLock::new(),
        })
    }

    /// A secret that is no token.
    pub(super) async fn plain_secret(self: &Arc<Self>, name: &str) -> Result<Secret, Error> {
        let (network, wanted) = (Arc::clone(self), name.to_owned());
        let fetched = tokio::task::spawn_blocking(move || network.secrets.fetch(&wanted)).await;
        match fetched {
            Ok(fetched) => fetched.map_err(|error| no_secret(name, &error.to_string())),
            Err(gone) => Err(no_secret(name, &gone.to_string())),
        }
    }

    /// Read once, by whoever needs it first: reading the system's certificates takes some milliseconds.
    fn tls(&self) -> Result<Arc<ClientConfig>, Error> {
        self.tls.get_or_init(|| tls(&self.bounds).map(Arc::new)).clone().map_err(Error::Tls)
    }
}

/// The way out for one generation of a driver.
pub struct Driver {
    network: Arc<Network>,
    name: DriverName,
    policy: Arc<Policy>,
    room: Arc<Semaphore>,
    client: OnceLock<Client>,
}

impl Driver {
    /// Sends a request that a driver asks for, and tells the operator what became of it. Dropping the future ends
    /// the exchange.
    ///
    /// # Errors
    /// If no rule lets it through, or nothing comes of it before the deadline.
    pub fn send(
        self: Arc<Self>,
        request: Request<Body>,
        deadline: Instant,
    ) -> BoxFuture<'static, Result<Response<Body>, Error>> {
        Box::pin(async move {
            let started = Instant::now();
            let method = request.method().clone();
            // The path, and never the query, which often holds keys.
            let (host, path) = (
                request.uri().authority().map(ToString::to_string).unwrap_or_default(),
                request.uri().path().to_owned(),
            );
            let span = tracing::info_span!("outbound", host, method = method.as_str());
            let driver = Arc::clone(&self);
            let exchange = async move { driver.exchange(request, deadline).await };
            let exchange = self.network.threads.spawn(exchange.instrument(span));
            let sent = AbortOnDropHandle::new(exchange).await;
            let sent = sent.unwrap_or_else(|gone| Err(Error::Broken(gone.to_string())));
            self.network.telemetry.emit(events::OutboundCall {
                driver: self.name.as_str(),
                method: method.as_str(),
                host: &host,
                path: &path,
                status: sent.as_ref().map_or(0, |response| response.status().as_u16()),
                error: sent.as_ref().err().map_or("", Error::name),
                cause: &sent.as_ref().err().map(ToString::to_string).unwrap_or_default(),
                elapsed: started.elapsed(),
            });
            sent
        })
    }

    async fn exchange(&self, mut request: Request<Body>, deadline: Instant) -> Result<Response<Body>, Error> {
        let bounds = &self.network.bounds;
        let rule = self.policy.check(request.method(), request.uri()).map_err(Error::Denied)?;
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| Error::Crowded)?;
        headers::strip(request.headers_mut());
        let declared = request.headers().get(header::CONTENT_LENGTH).and_then(length);
        if declared.is_some_and(|declared| declared > bounds.max_request_body.bytes()) {
            return Err(Error::TooLarge("egress.max_request_body"));
        }
        let again = self.again(rule, &request);
        let secret = self.add_secret(rule, &mut request, None, deadline).await?;
        let mut used = secret;
        let mut answer = self.attempt(request, deadline).await?;
        if let Some(mut request) = again
            && answer.status() == StatusCode::UNAUTHORIZED
        {
            // The token may have been taken back before its time: once more, with a new one.
            used = self.add_secret(rule, &mut request, used.as_ref(), deadline).await?;
            answer = self.attempt(request, deadline).await?;
        }
        let most = bounds.max_response_body.bytes();
        if answer.headers().get(header::CONTENT_LENGTH).and_then(length).is_some_and(|length| length > most) {
            return Err(Error::TooLarge("egress.max_response_body"));
        }
        if let Some(secret) = &used {
            headers::redact(answer.headers_mut(), secret);
        }
        let silence = bounds.between_bytes_timeout;
        Ok(answer.map(|body| Bounded::new(body, most, silence, deadline.into(), place).boxed_unsync()))
    }

    /// The same request for a second time, if it asks for nothing to be done and its secret is a token.
    fn again(&self, rule: &Rule, request: &Request<Body>) -> Option<Request<Body>> {
        let token = rule.secret.as_ref().is_some_and(|wanted| self.network.tokens.has(&wanted.name));
        if !token || !request.method().is_safe() {
            return None;
        }
        let mut again = Request::new(boxed(Empty::new()));
        *again.method_mut() = request.method().clone();
        *again.uri_mut() = request.uri().clone();
        *again.headers_mut() = request.headers().clone();
        Some(again)
    }

    /// Adds the rule's secret, another one than `but`; what was added.
    async fn add_secret(
        &self,
        rule: &Rule,
        request: &mut Request<Body>,
        but: Option<&Secret>,
        deadline: Instant,
    ) -> Result<Option<Secret>, Error> {
        let Some(wanted) = &rule.secret else { return Ok(None) };
        let network = &self.network;
        let secret = if network.tokens.has(&wanted.name) {
            network.tokens.get(network, &wanted.name, but, deadline).await?
        } else {
            network.plain_secret(&wanted.name).await?
        };
        let fits = headers::add_secret(request.headers_mut(), wanted, &secret);
        fits.ok_or_else(|| no_secret(&wanted.name, "it does not fit into a header"))?;
        Ok(Some(secret))
    }

    async fn attempt(&self, request: Request<Body>, deadline: Instant) -> Result<Response<Incoming>, Error> {
        let bounds = &self.network.bounds;
        let request = request.map(|body| Limited::new(body, bounds.max_request_body.as_usize()));
        let until = deadline.min(Instant::now() + bounds.connect_timeout + bounds.first_byte_timeout);
        let sent = tokio::time::timeout_at(until.into(), self.client()?.request(request)).await;
        let whose = if until == deadline { "the call's deadline" } else { "egress.first_byte_timeout" };
        sent.map_err(|_| Error::Timeout(whose))?.map_err(|error| Error::of_client(&error))
    }

    fn client(&self) -> Result<&Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let bounds = &self.network.bounds;
        let dial = Dial { policy: Arc::clone(&self.policy), timeout: bounds.connect_timeout };
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(self.network.tls()?.as_ref().clone())
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(dial);
        let head = u32::try_from(bounds.max_headers.bytes()).unwrap_or(u32::MAX);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(bounds.idle_timeout)
            .pool_max_idle_per_host(bounds.concurrent)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http1_max_buf_size(bounds.max_headers.as_usize().max(SMALLEST_BUFFER))
            .http2_max_header_list_size(head)
            .build(https);
        Ok(self.client.get_or_init(|| client))
    }
}

/// The client takes no smaller one.
const SMALLEST_BUFFER: usize = 8192;

fn no_secret(name: &str, cause: &str) -> Error {
    Error::NoSecret { name: name.to_owned(), cause: cause.to_owned() }
}

fn length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse().ok()
}

/// The system's authorities, and those of the operator.
fn tls(bounds: &Egress) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(file) = &bounds.extra_roots {
        let unreadable = |error| format!("`egress.extra_roots`: {}: {error}", file.display());
        for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
            let certificate = certificate.map_err(unreadable)?;
            roots.add(certificate).map_err(|error| format!("`egress.extra_roots`: {error}"))?;
        }
    }
    if roots.is_empty() {
        return Err("the system has no certificates of authorities; set `egress.extra_roots`".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
