//! Payloads around the bounds.

use driver_manager::grpc::proto::CircuitFormat;
use tonic::Code;

use crate::case::request;
use crate::support::host::{Client, Host};
use crate::wanted::too_large;

/// A good circuit of so many bytes.
fn padded(bytes: usize) -> Vec<u8> {
    let mut circuit = br#"{"version":"1.0.0","qubits":1,"operations":[{"op":"X","q":[0]}]}"#.to_vec();
    circuit.resize(bytes, b' ');
    circuit
}

async fn answered(client: &Client, bytes: usize) -> bool {
    let mut request = request(CircuitFormat::AqoJson, padded(bytes));
    // Of a message that is not read nobody knows the job.
    request.job_id.clear();
    match client.clone().execute_circuit(request).await {
        Ok(answer) => {
            assert_eq!(answer.into_inner().counts["1"], 10);
            true
        }
        Err(status) => {
            assert_eq!(status.code(), Code::ResourceExhausted, "{bytes}: {status:?}");
            assert_eq!(too_large("max_").check(&status, ""), Ok(()), "{bytes}: {status:?}");
            false
        }
    }
}

#[tokio::test]
async fn a_payload_at_the_bound_is_read_and_one_byte_more_is_refused() {
    let host = Host::start(
        "{plugins: {directories: []}, grpc: {max_payload: 64KiB, max_response: 64KiB, max_message: 128KiB}}",
    )
    .await;
    let client = host.client().await;
    for (bytes, fits) in [
        ((64 << 10) - 1, true),
        (64 << 10, true),
        ((64 << 10) + 1, false),
        (100 << 10, false),
        // Over what the transport takes, which must tell it no worse.
        ((128 << 10) + 1, false),
        (1 << 20, false),
        (64 << 10, true),
    ] {
        assert_eq!(answered(&client, bytes).await, fits, "{bytes}");
    }
}

#[tokio::test]
async fn the_default_bounds_are_those_of_the_contract() {
    let host = Host::start("plugins: {directories: []}").await;
    let client = host.client().await;
    assert!(answered(&client, 16 << 20).await);
    assert!(!answered(&client, (16 << 20) + 1).await);
    assert!(!answered(&client, (32 << 20) + 1).await);
    assert!(answered(&client, 1 << 10).await);
}

#[tokio::test]
async fn an_answer_over_the_bound_is_refused_with_the_number_of_outcomes() {
    let host = Host::start("{plugins: {directories: []}, grpc: {max_response: 4KiB}}").await;
    let gates: Vec<String> = (0..12).map(|qubit| format!(r#"{{"op":"H","q":[{qubit}]}}"#)).collect();
    let circuit = format!(r#"{{"version":"1.0.0","qubits":12,"operations":[{}]}}"#, gates.join(","));
    let mut request = request(CircuitFormat::AqoJson, circuit);
    request.shots = 10_000;
    let status = host.client().await.execute_circuit(request).await.unwrap_err();
    assert_eq!(too_large("outcomes").check(&status, "malformed"), Ok(()), "{status:?}");
}
