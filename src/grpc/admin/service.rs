//! The operators' calls: each is bounded, handed to the manager, and written into the audit trail.
//!
//! A change that was asked for is carried out to its end, even if the operator's connection breaks: half a
//! change is the one thing that nobody wants. Asking again tells what became of it.

use std::path::Path;
use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::{TcpConnectInfo, UdsConnectInfo};
use tonic::{Extensions, Request, Response, Status, Streaming};

use super::proto::driver_admin_service_server::DriverAdminService;
use super::upload::{self, Bounds};
use super::{convert, proto, status};
use crate::dispatch::Dispatcher;
use crate::model::{DriverName, Generation};
use crate::plugin::{Change, ChangeError, Event, Manager, Step};
use crate::resilience::Forced;
use crate::telemetry::log::Levels;

/// Steps of a change, and its result: there are fewer than this, so that sending never waits.
const STEPS: usize = 16;

/// The operators' service.
pub(super) struct Service {
    manager: Arc<Manager>,
    dispatcher: Arc<Dispatcher>,
    levels: Option<Levels>,
    bounds: Bounds,
    room: Arc<Semaphore>,
    most: usize,
    stop: CancellationToken,
}

impl Service {
    pub(super) fn new(
        (manager, dispatcher, levels): (Arc<Manager>, Arc<Dispatcher>, Option<Levels>),
        bounds: Bounds,
        most: usize,
        stop: CancellationToken,
    ) -> Self {
        Self { manager, dispatcher, levels, bounds, room: Arc::new(Semaphore::new(most)), most, stop }
    }

    fn levels(&self) -> Result<&Levels, Status> {
        self.levels.as_ref().ok_or_else(|| Status::unimplemented("this host has no log of its own"))
    }

    fn admit(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.room).try_acquire_owned().map_err(|_| status::crowded(self.most))
    }

    /// Carries a change out, whoever still listens, and notes it in the audit trail.
    async fn change<F>(
        &self,
        method: &'static str,
        caller: String,
        name: DriverName,
        work: impl FnOnce(Arc<Manager>, DriverName) -> F,
    ) -> Result<Response<proto::ChangeResponse>, Status>
    where
        F: Future<Output = Result<Change, ChangeError>> + Send + 'static,
    {
        let place = self.admit()?;
        let (manager, change) = (Arc::clone(&self.manager), work(Arc::clone(&self.manager), name.clone()));
        let done = tokio::spawn(async move {
            let done = change.await;
            audit(&manager, method, &caller, &name, &done);
            drop(place);
            done
        });
        match done.await {
            Ok(Ok(change)) => Ok(Response::new(convert::change(change))),
            Ok(Err(refused)) => Err(status::of(&refused)),
            Err(gone) => Err(Status::internal(format!("the change ended abruptly: {gone}"))),
        }
    }
}

fn audit(
    manager: &Manager,
    method: &'static str,
    caller: &str,
    name: &DriverName,
    done: &Result<Change, ChangeError>,
) {
    let (outcome, details) = match done {
        Ok(change) => {
            let generation = change.generation.map_or(0, |generation| generation.0);
            (change.outcome.name(), format!("by {caller}; generation {generation}"))
        }
        Err(refused) => (
            match refused {
                ChangeError::Unknown(_) => "unknown",
                ChangeError::Busy(_) => "busy",
                ChangeError::NoRollback { .. } | ChangeError::Refused { .. } => "refused",
            },
            format!("by {caller}; {refused}"),
        ),
    };
    manager.audit(method, Some(name), outcome, details);
}

/// Who is at the other end, as far as the transport knows.
fn caller(extensions: &Extensions) -> String {
    if let Some(credentials) = extensions.get::<UdsConnectInfo>().and_then(|peer| peer.peer_cred) {
        let process = credentials.pid().map_or_else(|| "?".to_owned(), |pid| pid.to_string());
        return format!("uid {}, process {process}", credentials.uid());
    }
    let address = extensions.get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
    address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
}

#[tonic::async_trait]
impl DriverAdminService for Service {
    async fn list_drivers(
        &self,
        _request: Request<proto::ListDriversRequest>,
    ) -> Result<Response<proto::ListDriversResponse>, Status> {
        let _place = self.admit()?;
        let breakers = self.dispatcher.breakers();
        let drivers = self.manager.drivers().into_iter();
        let drivers = drivers.map(|report| convert::driver(report, &breakers)).collect();
        Ok(Response::new(proto::ListDriversResponse { drivers }))
    }

    async fn get_driver(
        &self,
        request: Request<proto::GetDriverRequest>,
    ) -> Result<Response<proto::Driver>, Status> {
        let _place = self.admit()?;
        let name = upload::name(&request.get_ref().name)?;
        let report = self.manager.driver(&name).map_err(|error| status::of(&error))?;
        Ok(Response::new(convert::driver(report, &self.dispatcher.breakers())))
    }

    async fn load_driver(
        &self,
        request: Request<proto::LoadDriverRequest>,
    ) -> Result<Response<proto::ChangeResponse>, Status> {
        let caller = caller(request.extensions());
        let request = request.into_inner();
        let (name, path) = (upload::name(&request.name)?, request.path);
        self.change("LoadDriver", caller, name, |manager, name| async move {
            let path = Some(path).filter(|path| !path.is_empty());
            manager.load(&name, path.as_deref().map(Path::new), &|_| {}).await
        })
        .await
    }

    async fn unload_driver(
        &self,
        request: Request<proto::UnloadDriverRequest>,
    ) -> Result<Response<proto::ChangeResponse>, Status> {
        let (caller, name) = (caller(request.extensions()), upload::name(&request.get_ref().name)?);
        self.change("UnloadDriver", caller, name, |manager, name| async move {
            manager.unload(&name, &|_| {}).await
        })
        .await
    }

    type SwapDriverStream = ReceiverStream<Result<proto::SwapDriverResponse, Status>>;

    async fn swap_driver(
        &self,
        request: Request<Streaming<proto::SwapDriverRequest>>,
    ) -> Result<Response<Self::SwapDriverStream>, Status> {
        let place = self.admit()?;
        let caller = caller(request.extensions());
        let wanted = upload::read(request.into_inner(), self.bounds).await?;
        let (manager, name) = (Arc::clone(&self.manager), wanted.name.clone());
        let (sender, answers) = mpsc::channel(STEPS);
        tokio::spawn(async move {
            let steps = sender.clone();
            // Whether anybody still listens makes no difference to the change.
            let step = move |step: Step| _ = steps.try_send(Ok(convert::progress(step)));
            let done = manager.swap(wanted, &step).await;
            audit(&manager, "SwapDriver", &caller, &name, &done);
            let last = done.map(convert::result).map_err(|refused| status::of(&refused));
            let _ = sender.send(last).await;
            drop(place);
        });
        Ok(Response::new(ReceiverStream::new(answers)))
    }

    async fn rollback_driver(
        &self,
        request: Request<proto::RollbackDriverRequest>,
    ) -> Result<Response<proto::ChangeResponse>, Status> {
        let caller = caller(request.extensions());
        let request = request.into_inner();
        let to = Some(request.generation).filter(|wanted| *wanted > 0).map(Generation);
        self.change("RollbackDriver", caller, upload::name(&request.name)?, |manager, name| async move {
            manager.rollback(&name, to, &|_| {}).await
        })
        .await
    }

    async fn set_breaker(
        &self,
        request: Request<proto::SetBreakerRequest>,
    ) -> Result<Response<proto::Breaker>, Status> {
        let _place = self.admit()?;
        let caller = caller(request.extensions());
        let request = request.into_inner();
        let (scope, hold) = convert::breaker_request(&request)?;
        let shown = scope.to_string();
        let report = self.dispatcher.force_breaker(&scope, hold);
        let driver = report.as_ref().map(|report| report.driver.clone());
        let outcome = if report.is_some() { "changed" } else { "unknown" };
        let held = hold.map_or("by itself", Forced::name);
        self.manager.audit("SetBreaker", driver.as_ref(), outcome, format!("by {caller}; {shown}: {held}"));
        let report = report.ok_or_else(|| Status::not_found(format!("{shown} is not in service")))?;
        Ok(Response::new(convert::breaker(&report)))
    }

    async fn get_log_levels(
        &self,
        _request: Request<proto::GetLogLevelsRequest>,
    ) -> Result<Response<proto::LogLevels>, Status> {
        let _place = self.admit()?;
        Ok(Response::new(convert::levels(self.levels()?)))
    }

    async fn set_log_levels(
        &self,
        request: Request<proto::SetLogLevelsRequest>,
    ) -> Result<Response<proto::LogLevels>, Status> {
        let _place = self.admit()?;
        let caller = caller(request.extensions());
        let (levels, wanted) = (self.levels()?, request.into_inner().levels);
        let wanted = if wanted.is_empty() { levels.started_with() } else { &wanted };
        status::level(wanted)?;
        levels.set(wanted).map_err(|error| Status::invalid_argument(error.to_string()))?;
        self.manager.audit("SetLogLevels", None, "changed", format!("by {caller}; {wanted}"));
        Ok(Response::new(convert::levels(levels)))
    }

    async fn reload_config(
        &self,
        request: Request<proto::ReloadConfigRequest>,
    ) -> Result<Response<proto::ReloadConfigResponse>, Status> {
        let _place = self.admit()?;
        let caller = caller(request.extensions());
        let manager = Arc::clone(&self.manager);
        let reloaded = tokio::spawn(async move {
            let reloaded = manager.reload().await;
            let outcome = if reloaded.is_ok() { "changed" } else { "refused" };
            manager.audit("ReloadConfig", None, outcome, format!("by {caller}"));
            reloaded
        });
        match reloaded.await {
            Ok(Ok(reload)) => Ok(Response::new(convert::reload(reload))),
            Ok(Err(errors)) => Err(status::mistakes(&errors)),
            Err(gone) => Err(Status::internal(format!("the reload ended abruptly: {gone}"))),
        }
    }

    type WatchEventsStream = BoxStream<'static, Result<proto::Event, Status>>;

    async fn watch_events(
        &self,
        request: Request<proto::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let place = self.admit()?;
        let request = request.into_inner();
        let manager = Arc::clone(&self.manager);
        let latest = manager.journal().latest();
        let from = match request.after {
            0 => latest,
            // A number of an earlier process: everything since is news.
            after if after > latest => 0,
            after => after,
        };
        let wanted = move |event: &Event| {
            request.driver.is_empty()
                || event.driver.as_ref().is_some_and(|name| name.as_str() == request.driver)
        };
        let batches = stream::unfold((manager, from, place), async |(manager, from, place)| {
            let events = manager.journal().after(from).await;
            let last = events.last().map_or(from, |event| event.sequence);
            Some((events, (manager, last, place)))
        });
        let events = batches.flat_map(stream::iter).filter(move |event| std::future::ready(wanted(event)));
        // The host's end is theirs too: a watcher must not hold up the drain.
        let events =
            events.map(|event| Ok(convert::event(event))).take_until(self.stop.clone().cancelled_owned());
        Ok(Response::new(events.boxed()))
    }
}
