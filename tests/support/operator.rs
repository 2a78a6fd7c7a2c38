//! An operator of a host: changes asked for, and what becomes of them.

use driver_manager::grpc::admin::proto::driver_admin_service_client::DriverAdminServiceClient;
use driver_manager::grpc::admin::proto::swap_driver_request::{Header, Part};
use driver_manager::grpc::admin::proto::swap_driver_response::Part as Answer;
use driver_manager::grpc::admin::proto::{
    ChangeResponse, Driver, DriverState, Event, GetDriverRequest, LoadDriverRequest, Outcome,
    RollbackDriverRequest, SwapDriverRequest, UnloadDriverRequest, WatchEventsRequest,
};
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

use super::host::Host;

/// A client of the operators' service.
#[derive(Clone)]
pub struct Operator {
    /// The client itself.
    pub client: DriverAdminServiceClient<Channel>,
}

impl Operator {
    /// An operator of this host.
    pub async fn of(host: &Host) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{}", host.admin)).unwrap();
        Self { client: DriverAdminServiceClient::new(endpoint.connect().await.unwrap()) }
    }

    /// Uploads a replacement.
    pub async fn swap(&mut self, name: &str, artifact: &[u8]) -> Result<ChangeResponse, Status> {
        self.swap_as(Header { name: name.to_owned(), upload: true, ..Header::default() }, artifact).await
    }

    /// Asks for a replacement with a header of its own; gives the last answer.
    pub async fn swap_as(&mut self, header: Header, artifact: &[u8]) -> Result<ChangeResponse, Status> {
        let chunks: Vec<_> = artifact.chunks(64 << 10).map(|chunk| Part::Chunk(chunk.to_vec())).collect();
        let parts = std::iter::once(Part::Header(header)).chain(chunks);
        let messages: Vec<_> = parts.map(|part| SwapDriverRequest { part: Some(part) }).collect();
        let mut answers = self.client.swap_driver(tokio_stream::iter(messages)).await?.into_inner();
        while let Some(answer) = answers.message().await? {
            if let Some(Answer::Result(change)) = answer.part {
                return Ok(change);
            }
        }
        panic!("the swap ended without a result");
    }

    /// One driver.
    pub async fn driver(&mut self, name: &str) -> Driver {
        self.client.get_driver(GetDriverRequest { name: name.to_owned() }).await.unwrap().into_inner()
    }

    /// Back to the generation before.
    pub async fn rollback(&mut self, name: &str) -> Result<ChangeResponse, Status> {
        let request = RollbackDriverRequest { name: name.to_owned(), generation: 0 };
        self.client.rollback_driver(request).await.map(tonic::Response::into_inner)
    }

    /// Out of service.
    pub async fn unload(&mut self, name: &str) -> Result<ChangeResponse, Status> {
        let request = UnloadDriverRequest { name: name.to_owned() };
        self.client.unload_driver(request).await.map(tonic::Response::into_inner)
    }

    /// Into service again.
    pub async fn load(&mut self, name: &str) -> Result<ChangeResponse, Status> {
        let request = LoadDriverRequest { name: name.to_owned(), path: String::new() };
        self.client.load_driver(request).await.map(tonic::Response::into_inner)
    }

    /// What happens after an event; 0: from now on.
    pub async fn events(&mut self, after: u64) -> Events {
        let request = WatchEventsRequest { after, driver: String::new() };
        Events(self.client.watch_events(request).await.unwrap().into_inner())
    }
}

/// Events as they come.
pub struct Events(Streaming<Event>);

impl Events {
    /// Waits for the next event, whatever it is.
    pub async fn first(&mut self) -> Event {
        let patience = std::time::Duration::from_secs(30);
        let event = tokio::time::timeout(patience, self.0.message()).await.expect("no event at all");
        event.unwrap().expect("the host ended the stream")
    }

    /// Waits for the next event of this kind about this driver.
    ///
    /// # Panics
    /// When it does not come within half a minute.
    pub async fn next(&mut self, kind: &str, driver: &str) -> Event {
        let wanted = async {
            loop {
                let event = self.0.message().await.unwrap().expect("the host ended the stream");
                if event.kind == kind && event.driver == driver {
                    return event;
                }
            }
        };
        let patience = std::time::Duration::from_secs(30);
        tokio::time::timeout(patience, wanted)
            .await
            .unwrap_or_else(|_| panic!("no event {kind} about {driver}"))
    }
}

/// Checks a change's outcome.
#[track_caller]
pub fn is(change: &ChangeResponse, outcome: Outcome) {
    assert_eq!(change.outcome, outcome as i32, "{change:?}");
}

/// The generation in service, and its digest.
pub fn serving(driver: &Driver) -> Option<(u64, String)> {
    let active = DriverState::Active as i32;
    let serving = driver
        .generations
        .iter()
        .find(|generation| generation.state == active && generation.canary_share == 0.0);
    serving.map(|generation| (generation.generation, generation.digest.clone()))
}
