//! All cases in one host.

use tokio::task::JoinSet;
use tonic::Code;

use driver_manager::grpc::proto::{CalibrateDeviceRequest, ExecuteCircuitRequest, GetDeviceStatusRequest};
use tonic_types::StatusExt as _;

use crate::case::{all_are_refused, differences, good, invalid, unknown_device};
use crate::support::host::Host;
use crate::{aqo, fields, qasm, raw};

const QUIET: &str = "{plugins: {directories: []}, log: {level: warn}}";

#[tokio::test]
async fn every_malformed_request_is_refused_as_the_contract_says_and_hurts_nobody() {
    let host = Host::start(QUIET).await;
    let client = host.client().await;
    let mut count = 0;
    for cases in [fields::cases(), aqo::cases(), qasm::cases()] {
        count += all_are_refused(&client, cases).await;
    }
    for device in ["", "nowhere"] {
        let wanted =
            if device.is_empty() { invalid("device_id: field is required") } else { unknown_device(device) };
        let request = GetDeviceStatusRequest { device_id: device.to_owned() };
        let status = client.clone().get_device_status(request).await.unwrap_err();
        assert_eq!(differences(&status, &wanted), Vec::<String>::new(), "{status:?}");
        let request = CalibrateDeviceRequest { device_id: device.to_owned(), ..Default::default() };
        let status = client.clone().calibrate_device(request).await.unwrap_err();
        assert_eq!(differences(&status, &wanted), Vec::<String>::new(), "{status:?}");
        count += 2;
    }
    for (name, path, headers, body, statuses) in raw::calls() {
        let status = raw::call(&host, path, &headers, body).await;
        assert!(status.is_some_and(|status| statuses.contains(&status)), "{name}: {status:?}");
        count += 1;
    }
    println!("{count} malformed requests");
    assert!(count >= 200, "{count}");
    assert!(client.clone().execute_circuit(good()).await.is_ok());
    assert!(!host.log().text().contains("panicked"), "{}", host.log().text());
}

#[tokio::test]
async fn everything_missing_is_told_at_once() {
    let host = Host::start(QUIET).await;
    let mut client = host.client().await;
    let status = client.execute_circuit(ExecuteCircuitRequest::default()).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "validation failed"));
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    let told: Vec<_> = violations.iter().map(|it| (it.field.as_str(), it.description.as_str())).collect();
    let required = "field is required";
    let wanted = [
        ("device_id", required),
        ("payload.format", required),
        ("payload.data", required),
        ("shots", "must be > 0"),
    ];
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn many_callers_with_nonsense_do_not_disturb_one_with_sense() {
    let host = Host::start(QUIET).await;
    let mut nonsense = JoinSet::new();
    for cases in [aqo::cases(), qasm::cases(), fields::cases(), aqo::cases()] {
        let client = host.client().await;
        nonsense.spawn(async move { all_are_refused(&client, cases).await });
    }
    let mut client = host.client().await;
    while nonsense.try_join_next().is_none() {
        let answer = client.execute_circuit(good()).await.unwrap().into_inner();
        assert_eq!(answer.counts.values().sum::<i64>(), 10);
    }
    nonsense.join_all().await;
}
