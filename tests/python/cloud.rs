//! Drivers of clouds against stand-ins of their services, reached through the host's proxy alone.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use driver_manager::grpc::proto::{
    CircuitFormat, CircuitPayload, ExecuteCircuitRequest, ExecuteCircuitResponse, ListDevicesRequest,
};
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::stage::Stage;
use crate::stand_in::{StandIn, sdks};
use crate::support::guests::merge;
use crate::support::host::Host;

const BELL: &str = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"H","q":[0]},{"op":"CX","q":[0,1]},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;
/// Qubit 0 is flipped and measured into bit 2, qubit 2 is not and goes into bit 0.
const FLIP: &str = r#"{"version":"1.0.0","qubits":3,"operations":[{"op":"X","q":[0]},{"op":"MEASURE","q":[0,1,2],"c":[2,1,0]}]}"#;
/// What the key of a test holds.
const KEY: &str = "secret-key-of-a-stand-in/1+2";

/// A driver of `plugins/python`, by the file's name, on a stage with these settings.
fn stage(service: &StandIn, file: &str, secrets: &Value, lab: Value) -> Stage {
    let mut config = json!({
        "secrets": secrets,
        "python": { "interpreter": sdks() },
        "egress": { "extra_roots": service.authority(), "tunnel_idle_timeout": "1s" },
        "driver_defaults": { "initialize_timeout": "60s" },
        "drivers": {
            "lab": {
                "egress": [{ "url": service.url(), "zones": ["loopback"] }],
                "limits": { "memory": "1GiB" },
            },
        },
        "log": { "level": "trace" },
    });
    merge(&mut config["drivers"]["lab"], lab);
    let stage = Stage::new(config);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/python").join(file);
    stage.install_file("1.0.0", &fs::read_to_string(source).unwrap());
    stage
}

fn braket(service: &StandIn, key_id: &str) -> Stage {
    let id = service.file("id");
    fs::write(&id, key_id).unwrap();
    let key = service.file("secret");
    fs::write(&key, KEY).unwrap();
    stage(
        service,
        "braket_aws_driver.py",
        &json!({ "id": { "file": id }, "key": { "file": key } }),
        json!({
            "secrets": { "aws_access_key_id": "id", "aws_secret_access_key": "key" },
            "settings": {
                "region": "us-east-1", "bucket": "results", "poll_seconds": "0.1",
                "devices": "arn:aws:braket:::device/quantum-simulator/amazon/sv1",
                "endpoint_url": service.url(), "s3_endpoint_url": service.url(),
            },
        }),
    )
}

async fn run(host: &Host, device: &str, job: &str, circuit: &str) -> Result<ExecuteCircuitResponse, Status> {
    let request = ExecuteCircuitRequest {
        job_id: job.to_owned(),
        device_id: device.to_owned(),
        payload: Some(CircuitPayload {
            format: CircuitFormat::AqoJson as i32,
            data: circuit.as_bytes().to_vec(),
        }),
        shots: 1000,
        options: [("seed".to_owned(), "7".to_owned())].into(),
    };
    host.client().await.execute_circuit(request).await.map(tonic::Response::into_inner)
}

#[track_caller]
fn is_bell(answer: &ExecuteCircuitResponse) {
    let count = |bits: &str| answer.counts.get(bits).copied().unwrap_or_default();
    assert_eq!(count("00") + count("11"), 1000, "{answer:?}");
    // Six standard deviations.
    assert!((405..=595).contains(&count("00")), "{answer:?}");
}

const SV1: &str = "braket:sv1";

#[tokio::test]
async fn braket_lists_its_devices_and_runs_circuits_with_bits_in_order_and_keeps_its_keys_to_itself() {
    let service = StandIn::start("aws.py").await;
    let stage = braket(&service, "AKIDSTANDIN");
    let host = stage.start().await;
    let devices = host.client().await.list_devices(ListDevicesRequest {}).await.unwrap().into_inner().devices;
    let device =
        devices.iter().find(|device| device.device_id == SV1).unwrap_or_else(|| panic!("{devices:?}"));
    assert_eq!((device.name.as_str(), device.queue_depth), ("SV1", 7));
    let bell = run(&host, SV1, "bell", BELL)
        .await
        .unwrap_or_else(|status| panic!("{status:?}\n{}", host.log().text()));
    is_bell(&bell);
    let flip = run(&host, SV1, "flip", FLIP).await.unwrap();
    assert_eq!(flip.counts, [("100".to_owned(), 1000)].into());
    assert_eq!(service.lines("tasks").len(), 2);
    // Who does not say that it is the same job gets another one.
    for _ in 0..2 {
        is_bell(&run(&host, SV1, "", BELL).await.unwrap());
    }
    assert_eq!(service.lines("tasks").len(), 4);
    host.log().wait_for("a tunnel", |line| line["event"] == "outbound_tunnel").await;
    assert!(!host.log().text().contains("secret-key-of-a-stand-in"));
}

#[tokio::test]
async fn errors_of_braket_have_their_status_and_not_its_words() {
    let service = StandIn::start("aws.py").await;
    let stage = braket(&service, "AKIDSTANDIN");
    let host = stage.start().await;
    fs::write(service.file("quota"), "").unwrap();
    let refused = run(&host, SV1, "quota", BELL).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert!(!format!("{refused:?}").contains("4711"), "{refused:?}");
    assert!(service.lines("tasks").is_empty());

    fs::remove_file(service.file("quota")).unwrap();
    is_refused_as_a_stranger(&host, SV1, &service).await;
}

/// The service does not accept the key any more.
async fn is_refused_as_a_stranger(host: &Host, device: &str, service: &StandIn) {
    fs::write(service.file("stranger"), "").unwrap();
    let refused = run(host, device, "stranger", FLIP).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated, "{refused:?}");
    assert!(!format!("{refused:?}").contains("4711"), "{refused:?}");
    assert!(service.lines("tasks").is_empty());
}

#[tokio::test]
async fn a_task_whose_creation_was_not_heard_of_is_found_and_one_whose_host_was_killed_is_not_created_twice()
{
    let service = StandIn::start("aws.py").await;
    let stage = braket(&service, "AKIDSTANDIN");
    let host = stage.start().await;
    fs::write(service.file("lose"), "").unwrap();
    is_bell(&run(&host, SV1, "lost", BELL).await.unwrap());
    assert_eq!(service.lines("tasks").len(), 1);

    is_found_after_the_host_was_killed(host, &stage, &service, SV1).await;
}

/// A job waits at its provider when its host is killed; the next host is asked for it again.
async fn is_found_after_the_host_was_killed(host: Host, stage: &Stage, service: &StandIn, device: &str) {
    fs::write(service.file("hold"), "").unwrap();
    let waiting = run(&host, device, "killed", BELL);
    let created = async {
        let end = Instant::now() + Duration::from_secs(40);
        while service.lines("tasks").len() < 2 {
            assert!(Instant::now() < end, "no task is created");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        answer = waiting => panic!("it does not wait: {answer:?}"),
        () = created => {}
    }
    host.signal(rustix::process::Signal::KILL);
    drop(host);

    let host = stage.start().await;
    fs::remove_file(service.file("hold")).unwrap();
    is_bell(&run(&host, device, "killed", BELL).await.unwrap());
    assert_eq!(service.lines("tasks").len(), 2);
}

fn runtime(service: &StandIn) -> Stage {
    let key = service.file("secret");
    fs::write(&key, KEY).unwrap();
    fs::write(service.file("accepted"), KEY).unwrap();
    stage(
        service,
        "qiskit_runtime_driver.py",
        &json!({ "key": { "file": key } }),
        json!({
            "secrets": { "api_key": "key" },
            "settings": {
                "instance": "crn:v1:bluemix:public:quantum-computing:us-east:a/0:0::", "backends": "ibm_standin",
                "poll_seconds": "0.1", "url": format!("{}/api/v1", service.url()), "iam_url": service.url(),
            },
        }),
    )
}

const IBM: &str = "ibm:ibm_standin";

#[tokio::test]
async fn qiskit_runtime_lists_its_devices_and_runs_circuits_with_bits_in_order_and_keeps_its_key_to_itself() {
    let service = StandIn::start("ibm.py").await;
    let stage = runtime(&service);
    let host = stage.start().await;
    let devices = host.client().await.list_devices(ListDevicesRequest {}).await.unwrap().into_inner().devices;
    let device = devices.iter().find(|device| device.device_id == IBM);
    let device = device.unwrap_or_else(|| panic!("{devices:?}\n{}", host.log().text()));
    assert_eq!((device.name.as_str(), device.queue_depth), ("ibm_standin", 7));
    is_bell(&run(&host, IBM, "bell", BELL).await.unwrap_or_else(|status| {
        panic!("{status:?}\n{}", host.log().text());
    }));
    let flip = run(&host, IBM, "flip", FLIP).await.unwrap();
    assert_eq!(flip.counts, [("100".to_owned(), 1000)].into());
    host.log().wait_for("a tunnel", |line| line["event"] == "outbound_tunnel").await;
    assert!(!host.log().text().contains("secret-key-of-a-stand-in"));
}

#[tokio::test]
async fn errors_of_qiskit_runtime_have_their_status_and_not_its_words() {
    let service = StandIn::start("ibm.py").await;
    let stage = runtime(&service);
    let host = stage.start().await;
    fs::write(service.file("quota"), "").unwrap();
    let refused = run(&host, IBM, "quota", BELL).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert!(!format!("{refused:?}").contains("4711"), "{refused:?}");
    assert!(service.lines("tasks").is_empty());

    fs::remove_file(service.file("quota")).unwrap();
    is_refused_as_a_stranger(&host, IBM, &service).await;

    // The key is taken back, and another host is given it all the same.
    fs::write(service.file("accepted"), "another-key-than-that").unwrap();
    let host = stage.start().await;
    let line = host
        .log()
        .wait_for("the refusal", |line| line["event"] == "driver_load_failed" && line["driver_name"] == "lab")
        .await;
    assert!(line.to_string().contains("does not accept the API key"), "{line}");
    assert!(!host.log().text().contains("secret-key-of-a-stand-in"));
}

#[tokio::test]
async fn a_job_whose_creation_was_not_heard_of_is_found_and_one_whose_host_was_killed_is_not_sent_twice() {
    let service = StandIn::start("ibm.py").await;
    let stage = runtime(&service);
    let host = stage.start().await;
    fs::write(service.file("lose"), "").unwrap();
    is_bell(&run(&host, IBM, "lost", BELL).await.unwrap());
    assert_eq!(service.lines("tasks").len(), 1, "{}", host.log().text());
    is_found_after_the_host_was_killed(host, &stage, &service, IBM).await;
}
