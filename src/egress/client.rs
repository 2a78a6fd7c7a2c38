//! The client: one for each driver, so that connections are shared by its instances and by nobody else.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::aws::{self, Keys};
use super::body::{Body, Bounded, boxed};
use super::dial::{self, Dial};
use super::error::Error;
use super::headers;
use super::network::{Network, Setup};
use super::policy::{Policy, Rule};
use super::rates::{Pace, Paced, Rates};
use crate::config::{AwsSigV4, DriverLimits, Egress, EgressRule};
use crate::model::DriverName;
use crate::secrets::Secret;
use crate::telemetry::{events, span};

type Client = legacy::Client<HttpsConnector<Dial>, Paced<Limited<Body>>>;

/// How long a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// When the head of the answer must be there.
    pub first_byte: Instant,
    /// When all of it must be there.
    pub deadline: Instant,
    /// The longest silence within the answer, if it is to be shorter than the operator's.
    pub silence: Option<Duration>,
}

/// The way out for one generation of a driver.
pub struct Driver {
    network: Arc<Network>,
    name: DriverName,
    policy: Arc<Policy>,
    rates: Arc<Rates>,
    way: Mutex<Arc<Way>>,
}

/// What a driver has of one setup: places, and connections.
struct Way {
    setup: Arc<Setup>,
    room: Arc<Semaphore>,
    client: OnceLock<Client>,
}

impl Way {
    fn new(setup: Arc<Setup>) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(setup.bounds.concurrent));
        Arc::new(Self { setup, room, client: OnceLock::new() })
    }

    fn client(&self, policy: &Arc<Policy>) -> Result<&Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let bounds = &self.setup.bounds;
        let dial = Dial { policy: Arc::clone(policy), timeout: bounds.connect_timeout };
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(self.setup.tls()?.as_ref().clone())
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

impl Driver {
    pub(super) fn new(
        network: Arc<Network>,
        name: DriverName,
        rules: &[EgressRule],
        limits: &DriverLimits,
    ) -> Arc<Self> {
        let way = Mutex::new(Way::new(network.setup()));
        Arc::new(Self { network, name, policy: Arc::new(Policy::new(rules)), rates: Rates::new(limits), way })
    }

    /// Sends a request that a driver asks for, and tells the operator what became of it. Dropping the future ends
    /// the exchange.
    ///
    /// # Errors
    /// If no rule lets it through, or nothing comes of it before the deadline.
    pub fn send(
        self: Arc<Self>,
        request: Request<Body>,
        patience: Patience,
    ) -> BoxFuture<'static, Result<Response<Body>, Error>> {
        Box::pin(async move {
            let started = Instant::now();
            let method = request.method().clone();
            // The path, and never the query, which often holds keys.
            let (host, path) = (
                request.uri().authority().map(ToString::to_string).unwrap_or_default(),
                request.uri().path().to_owned(),
            );
            let step = span::outbound(self.name.as_str(), method.as_str(), &host);
            let driver = Arc::clone(&self);
            let exchange = async move { driver.exchange(request, patience).await };
            let exchange = self.network.threads.spawn(exchange.instrument(step.clone().or_current()));
            let sent = AbortOnDropHandle::new(exchange).await;
            let sent = sent.unwrap_or_else(|gone| Err(Error::Broken(gone.to_string())));
            match &sent {
                Ok(response) => {
                    step.record("http.response.status_code", response.status().as_u16());
                    if !response.status().is_success() {
                        span::failed(&step, response.status().as_str());
                    }
                }
                Err(error) => span::failed(&step, error.name()),
            }
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

    /// Connects to a host, for bytes that are nobody's business here. The place among the driver's requests is held
    /// as long as the connection.
    ///
    /// # Errors
    /// If no rule names the host, or it cannot be connected to.
    pub(super) async fn tunnel(&self, target: &Uri) -> Result<(TcpStream, OwnedSemaphorePermit), Error> {
        let way = self.way();
        self.policy.names(target).map_err(Error::Denied)?;
        let place = Arc::clone(&way.room).try_acquire_owned().map_err(|_| Error::Crowded)?;
        self.rates.request()?;
        let stream = dial::dial(&self.policy, target, way.setup.bounds.connect_timeout).await?;
        Ok((stream, place))
    }

    /// The bounds that hold now.
    pub(super) fn bounds(&self) -> Egress {
        self.way().setup.bounds.clone()
    }

    /// Tells the operator what became of a tunnel.
    pub(super) fn tell<'a>(&'a self, event: impl FnOnce(&'a str) -> events::OutboundTunnel<'a>) {
        self.network.telemetry.emit(event(self.name.as_str()));
    }

    /// What holds now: a reload may have changed it.
    fn way(&self) -> Arc<Way> {
        let setup = self.network.setup();
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&way.setup, &setup) {
            *way = Way::new(setup);
        }
        Arc::clone(&way)
    }

    async fn exchange(
        &self,
        mut request: Request<Body>,
        patience: Patience,
    ) -> Result<Response<Body>, Error> {
        let way = self.way();
        let bounds = &way.setup.bounds;
        let rule = self.policy.check(request.method(), request.uri()).map_err(Error::Denied)?;
        let place = Arc::clone(&way.room).try_acquire_owned().map_err(|_| Error::Crowded)?;
        self.rates.request()?;
        headers::strip(request.headers_mut());
        headers::add_trace(request.headers_mut());
        let declared = request.headers().get(header::CONTENT_LENGTH).and_then(length);
        if declared.is_some_and(|declared| declared > bounds.max_request_body.bytes()) {
            return Err(Error::TooLarge("egress.max_request_body"));
        }
        let until = patience.first_byte.min(patience.deadline);
        let again = again(&way.setup, rule, &request);
        let mut used = self.authorise(&way.setup, rule, &mut request, None, until).await?;
        let mut answer = self.attempt(&way, request, until).await?;
        if let Some(mut request) = again
            && answer.status() == StatusCode::UNAUTHORIZED
        {
            // The token may have been taken back before its time: once more, with a new one.
            used = self.authorise(&way.setup, rule, &mut request, used.first(), until).await?;
            answer = self.attempt(&way, request, until).await?;
        }
        let most = bounds.max_response_body.bytes();
        if answer.headers().get(header::CONTENT_LENGTH).and_then(length).is_some_and(|length| length > most) {
            return Err(Error::TooLarge("egress.max_response_body"));
        }
        for secret in &used {
            headers::redact(answer.headers_mut(), secret);
        }
        let allowed = bounds.between_bytes_timeout;
        let silence = patience.silence.map_or(allowed, |asked| asked.min(allowed));
        let (deadline, pace) = (patience.deadline.into(), self.pace("received"));
        Ok(answer.map(|body| Bounded::new(body, most, silence, deadline, pace, place).boxed_unsync()))
    }

    pub(super) fn pace(&self, direction: &'static str) -> Pace {
        let counted = self.network.telemetry.metrics().outbound_bytes(self.name.as_str(), direction);
        Pace::new(&self.rates, counted)
    }

    /// Adds what the rule says, with another token than `but`; the secrets that were used.
    async fn authorise(
        &self,
        setup: &Setup,
        rule: &Rule,
        request: &mut Request<Body>,
        but: Option<&Secret>,
        deadline: Instant,
    ) -> Result<Vec<Secret>, Error> {
        if let Some(wanted) = &rule.aws_sigv4 {
            return self.sign(setup, wanted, request, deadline).await;
        }
        let Some(wanted) = &rule.secret else { return Ok(Vec::new()) };
        let network = &self.network;
        let secret = if setup.tokens.has(&wanted.name) {
            setup.tokens.get(network, &wanted.name, but, deadline).await?
        } else {
            network.plain_secret(&wanted.name).await?
        };
        let fits = headers::add_secret(request.headers_mut(), wanted, &secret);
        fits.ok_or_else(|| Error::no_secret(&wanted.name, "it does not fit into a header"))?;
        Ok(vec![secret])
    }

    /// Signs a request. Its body is signed too, so it must be there as a whole.
    async fn sign(
        &self,
        setup: &Setup,
        wanted: &AwsSigV4,
        request: &mut Request<Body>,
        deadline: Instant,
    ) -> Result<Vec<Secret>, Error> {
        let body = std::mem::replace(request.body_mut(), boxed(Empty::new()));
        let body = Limited::new(body, setup.bounds.max_request_body.as_usize()).collect();
        let body = tokio::time::timeout_at(deadline.into(), body).await;
        let body = body.map_err(|_| Error::Timeout("the call's deadline"))?;
        let body = body.map_err(|error| Error::of_client(error.as_ref()))?.to_bytes();
        let session = match &wanted.session_token {
            Some(name) => Some(self.network.plain_secret(name).await?),
            None => None,
        };
        let keys = Keys {
            access: self.network.plain_secret(&wanted.access_key).await?,
            secret: self.network.plain_secret(&wanted.secret_key).await?,
            session,
        };
        let mut head = Request::new(());
        *head.method_mut() = request.method().clone();
        *head.uri_mut() = request.uri().clone();
        *head.headers_mut() = std::mem::take(request.headers_mut());
        let signed = aws::sign_request(&mut head, &body, wanted, &keys, SystemTime::now());
        signed.map_err(|cause| Error::no_secret(&wanted.secret_key, &cause))?;
        *request.headers_mut() = std::mem::take(head.headers_mut());
        *request.body_mut() = boxed(Full::<Bytes>::new(body));
        Ok(std::iter::once(keys.secret).chain(keys.session).collect())
    }

    async fn attempt(
        &self,
        way: &Way,
        request: Request<Body>,
        deadline: Instant,
    ) -> Result<Response<Incoming>, Error> {
        let bounds = &way.setup.bounds;
        let pace = self.pace("sent");
        let request =
            request.map(|body| Paced::new(Limited::new(body, bounds.max_request_body.as_usize()), pace));
        let until = deadline.min(Instant::now() + bounds.connect_timeout + bounds.first_byte_timeout);
        let sent = tokio::time::timeout_at(until.into(), way.client(&self.policy)?.request(request)).await;
        let whose = if until == deadline { "the call's deadline" } else { "egress.first_byte_timeout" };
        sent.map_err(|_| Error::Timeout(whose))?.map_err(|error| Error::of_client(&error))
    }
}

/// The same request for a second time, if it asks for nothing to be done and its secret is a token.
fn again(setup: &Setup, rule: &Rule, request: &Request<Body>) -> Option<Request<Body>> {
    let token = rule.secret.as_ref().is_some_and(|wanted| setup.tokens.has(&wanted.name));
    if !token || !request.method().is_safe() {
        return None;
    }
    let mut again = Request::new(boxed(Empty::new()));
    *again.method_mut() = request.method().clone();
    *again.uri_mut() = request.uri().clone();
    *again.headers_mut() = request.headers().clone();
    Some(again)
}

/// The client takes no smaller one.
const SMALLEST_BUFFER: usize = 8192;

fn length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse().ok()
}
