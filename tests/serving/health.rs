//! `grpc.health.v1` and reflection, as load balancers and `grpcurl` use them.

use driver_manager::grpc::proto::driver_manager_service_server::SERVICE_NAME;
use rustix::process::Signal;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::stage::{FOREVER, active, send, slow_bell, slow_host};
use crate::support::host::Host;

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn it_serves_as_a_whole_and_by_name_and_knows_no_other_service() {
    let host = Host::start_with_defaults().await;
    let mut health = HealthClient::new(host.channel().await);
    for service in ["", SERVICE_NAME] {
        let answer = health.check(about(service)).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
    let unknown = health.check(about("eigen.internal.v1.KernelService")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound, "{unknown:?}");
}

#[tokio::test]
async fn those_who_watch_are_told_that_it_drains() {
    let host = slow_host(1).await;
    let under_way = send(&host.client().await, slow_bell("watched", FOREVER, &[]));
    active(&host, "slow-ok", 1).await;
    let mut health = HealthClient::new(host.channel().await);
    for service in ["", SERVICE_NAME] {
        let mut watch = health.watch(about(service)).await.unwrap().into_inner();
        assert_eq!(watch.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
        if service.is_empty() {
            continue;
        }
        host.signal(Signal::TERM);
        assert_eq!(watch.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    }
    under_way.abort();
}

#[tokio::test]
async fn reflection_lists_and_describes_the_service() {
    let host = Host::start_with_defaults().await;
    let mut reflection = ServerReflectionClient::new(host.channel().await);
    let requests = [
        MessageRequest::ListServices(String::new()),
        MessageRequest::FileContainingSymbol(format!("{SERVICE_NAME}.ExecuteCircuit")),
    ];
    let requests =
        requests.map(|asked| ServerReflectionRequest { host: String::new(), message_request: Some(asked) });
    let answers = reflection.server_reflection_info(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let answers: Vec<_> = answers.map(|answer| answer.unwrap().message_response.unwrap()).collect().await;
    let [MessageResponse::ListServicesResponse(list), MessageResponse::FileDescriptorResponse(files)] =
        answers.as_slice()
    else {
        panic!("{answers:?}")
    };
    let mut names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, [SERVICE_NAME, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]);
    let described = files.file_descriptor_proto.iter().any(|file| {
        let text = String::from_utf8_lossy(file);
        text.contains("ExecuteCircuitRequest") && text.contains("DriverManagerService")
    });
    assert!(described);
}
