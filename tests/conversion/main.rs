//! Every driver gets circuits as it says it takes them, whatever the caller sent: in its form, in its gates,
//! in its bases, on its couplings; and where that cannot be, the caller learns why before the driver runs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

use driver_manager::grpc::proto::{CircuitFormat, CircuitPayload, ExecuteCircuitRequest};
use serde_json::{Value, json};
use tonic::Code;

use support::guests::{BELL, Refusal, bell, config, fixture, host};
use support::host::Host;

const DEVICE: &str = "fixture:picky";

/// A host whose one device is as these settings say.
async fn device(settings: Value) -> Host {
    let mut driver = fixture("picky", json!({ "memory": "16MiB" }));
    driver["settings"] = settings;
    host(&config(json!({ "picky": driver }))).await
}

fn request(format: CircuitFormat, circuit: &str) -> ExecuteCircuitRequest {
    let payload = CircuitPayload { format: format as i32, data: circuit.as_bytes().to_vec() };
    ExecuteCircuitRequest { payload: Some(payload), ..bell("", DEVICE, &[]) }
}

fn aqo(operations: &str) -> ExecuteCircuitRequest {
    let circuit = format!(r#"{{"version":"1.0.0","qubits":3,"operations":[{operations}]}}"#);
    request(CircuitFormat::AqoJson, &circuit)
}

fn qasm(body: &str) -> ExecuteCircuitRequest {
    request(
        CircuitFormat::Qasm3Text,
        &format!("OPENQASM 3.0; include \"stdgates.inc\"; qubit[3] q; bit[2] c; {body}"),
    )
}

/// The form and the text that the driver got.
async fn got(host: &Host, request: ExecuteCircuitRequest) -> (String, String) {
    let answer = host.client().await.execute_circuit(request).await;
    let mut metadata = answer.unwrap_or_else(|status| panic!("{status:?}")).into_inner().metadata;
    (metadata.remove("form").unwrap(), metadata.remove("got").unwrap())
}

async fn refused(host: &Host, request: ExecuteCircuitRequest) -> Refusal {
    Refusal::new(&host.client().await.execute_circuit(request).await.unwrap_err())
}

#[tokio::test]
async fn a_driver_of_openqasm_gets_openqasm_whatever_was_sent() {
    let host = device(json!({ "forms": "qasm3" })).await;
    let (form, text) = got(&host, request(CircuitFormat::AqoJson, BELL)).await;
    assert_eq!(form, "qasm3");
    assert!(text.starts_with("OPENQASM 3.0;") && text.contains("cx q[0], q[1];"), "{text}");
    let again = got(&host, request(CircuitFormat::Qasm3Text, &text)).await;
    assert_eq!(again, (form, text));
}

#[tokio::test]
async fn a_driver_of_aqo_gets_canonical_bytes_whatever_was_sent() {
    let host = device(json!({ "forms": "aqo-json" })).await;
    let (form, from_qasm) =
        got(&host, qasm("h q[0]; cx q[0], q[1]; c[0] = measure q[0]; c[1] = measure q[1];")).await;
    assert_eq!(form, "aqo-json");
    let canonical: Value = serde_json::from_str(&from_qasm).unwrap();
    assert_eq!(canonical["version"], "1.0.0");
    assert!(!from_qasm.contains(' '), "{from_qasm}");
    assert_eq!(got(&host, request(CircuitFormat::AqoJson, &from_qasm)).await.1, from_qasm);
}

#[tokio::test]
async fn the_first_form_that_can_say_the_circuit_is_taken() {
    let settings = json!({ "forms": "aqo-json,qasm3", "features": "mid-circuit,conditional",
                           "gates": "x,h,cx,barrier,measure,reset,classical" });
    let host = device(settings).await;
    assert_eq!(got(&host, request(CircuitFormat::AqoJson, BELL)).await.0, "aqo-json");
    // AQO knows no conditions.
    let conditional = qasm("h q[0]; c[0] = measure q[0]; if (c[0]) x q[1]; c[1] = measure q[1];");
    let (form, text) = got(&host, conditional).await;
    assert_eq!(form, "qasm3");
    assert!(text.contains("if"), "{text}");
}

#[tokio::test]
async fn gates_that_a_device_lacks_are_written_with_those_it_has() {
    let host = device(json!({ "gates": "rz,sx,cx,measure" })).await;
    let ccx = r#"{"op":"CCX","q":[0,1,2]},{"op":"H","q":[0]},{"op":"SWAP","q":[0,1]},{"op":"MEASURE","q":[0],"c":[0]}"#;
    let (form, steps) = got(&host, aqo(ccx)).await;
    assert_eq!(form, "gates");
    for step in steps.split("; ") {
        let name = step.trim_start_matches("Operation::").split('(').next().unwrap();
        assert!(["Rz", "Sx", "Cx", "Measure"].contains(&name), "{step} in {steps}");
    }
}

#[tokio::test]
async fn what_no_gates_of_a_device_can_express_is_named_as_the_caller_counts() {
    let host = device(json!({ "gates": "x,cx,measure" })).await;
    let operations = r#"{"op":"X","q":[0]},{"op":"MEASURE","q":[1,2],"c":[0,1]},{"op":"H","q":[0]}"#;
    let refusal = refused(&host, aqo(operations)).await;
    refusal.is(Code::Unimplemented, "EIGEN_BACKEND_PROVIDER", "provider");
    assert!(refusal.message.contains("Unsupported Op: H at operation[2]"), "{refusal:?}");
}

#[tokio::test]
async fn measurements_are_turned_for_a_device_that_measures_in_one_basis() {
    let host = device(json!({ "gates": "h,s,rz,sx,cx,measure", "features": "mid-circuit" })).await;
    let (_, steps) = got(&host, aqo(r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"Y"}"#)).await;
    assert!(steps.contains("Measure") && steps.contains("basis: Pauli::Z"), "{steps}");
    // Turned, and measured: nobody asks for the qubit's state afterwards, so that it is not turned back.
    assert!(steps.split("; ").count() >= 3, "{steps}");
    assert!(steps.split("; ").last().unwrap().contains("Measure"), "{steps}");
}

#[tokio::test]
async fn a_qubit_that_is_used_after_it_was_measured_in_another_basis_is_turned_back() {
    let host = device(json!({ "gates": "h,s,rz,sx,cx,measure", "features": "mid-circuit" })).await;
    let again =
        r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"X"},{"op":"MEASURE","q":[0],"c":[1],"basis":"X"}"#;
    let (_, steps) = got(&host, aqo(again)).await;
    let names: Vec<_> = steps
        .split("; ")
        .map(|step| step.trim_start_matches("Operation::").split('(').next().unwrap())
        .collect();
    assert_eq!(names, ["H", "Measure", "H", "H", "Measure"], "{steps}");
}

#[tokio::test]
async fn qubits_that_are_not_coupled_are_refused_before_the_driver_runs() {
    let host = device(json!({ "gates": "h,cx,cz,measure", "coupling": "0-1,1-2" })).await;
    got(&host, aqo(r#"{"op":"CX","q":[0,1]},{"op":"CX","q":[1,2]},{"op":"CZ","q":[2,1]}"#)).await;
    for operation in [r#"{"op":"CX","q":[0,2]}"#, r#"{"op":"CX","q":[1,0]}"#] {
        let refusal = refused(&host, aqo(operation)).await;
        refusal.is(Code::FailedPrecondition, "EIGEN_BACKEND_PRECONDITION", "runtime");
        assert!(refusal.message.contains("does not couple"), "{refusal:?}");
    }
}

#[tokio::test]
async fn features_that_a_device_lacks_are_named() {
    let host = device(json!({ "gates": "x,h,cx,measure,reset,classical" })).await;
    for (request, lacking) in [
        (qasm("c[0] = measure q[0]; if (c[0]) x q[1]; c[1] = measure q[1];"), "conditional operations"),
        (aqo(r#"{"op":"MEASURE","q":[0],"c":[0]},{"op":"X","q":[0]}"#), "before the end"),
        (aqo(r#"{"op":"X","q":[0]},{"op":"RESET","q":[0]}"#), "before the end"),
    ] {
        let refusal = refused(&host, request).await;
        refusal.is(Code::Unimplemented, "EIGEN_BACKEND_PROVIDER", "provider");
        assert!(refusal.message.contains(lacking), "{refusal:?}");
    }
    // A reset of a qubit that nothing has touched changes nothing that a device would have to be able to do.
    got(&host, aqo(r#"{"op":"RESET","q":[0]},{"op":"X","q":[0]}"#)).await;
}

#[tokio::test]
async fn native_bytes_pass_unread_to_drivers_that_take_them_and_to_no_other() {
    let host = device(json!({ "forms": "native,gates" })).await;
    let native = request(CircuitFormat::BackendNative, "\u{1}anything at all");
    assert_eq!(got(&host, native.clone()).await, ("native".to_owned(), "\u{1}anything at all".to_owned()));
    assert_eq!(got(&host, request(CircuitFormat::AqoJson, BELL)).await.0, "gates");
    let mut elsewhere = native;
    elsewhere.device_id = "sim:local".to_owned();
    refused(&host, elsewhere).await.is(Code::Unimplemented, "EIGEN_BACKEND_PROVIDER", "provider");
}

#[tokio::test]
async fn an_aqo_message_means_what_the_same_document_means() {
    // AqoCircuit { version "1.0.0", qubits 2, operations [H 0, CX 0 1, MEASURE 0 1] }, by hand.
    let operation = |op: &str, qubits: &[u8], bits: &[u8]| {
        let mut bytes = vec![0x0a, op.len() as u8];
        bytes.extend(op.bytes());
        bytes.extend([&[0x12, qubits.len() as u8], qubits].concat());
        if !bits.is_empty() {
            bytes.extend([&[0x1a, bits.len() as u8], bits].concat());
        }
        [&[0x1a, bytes.len() as u8], bytes.as_slice()].concat()
    };
    let mut message = vec![0x0a, 5];
    message.extend(b"1.0.0");
    message.extend([0x10, 2]);
    for part in
        [operation("H", &[0], &[]), operation("CX", &[0, 1], &[]), operation("MEASURE", &[0, 1], &[0, 1])]
    {
        message.extend(part);
    }
    let host = Host::start("plugins: {directories: []}").await;
    let mut client = host.client().await;
    let seeded =
        |payload| ExecuteCircuitRequest { payload: Some(payload), ..bell("", "sim:local", &[("seed", "5")]) };
    let proto = CircuitPayload { format: CircuitFormat::AqoProto as i32, data: message };
    let json = CircuitPayload { format: CircuitFormat::AqoJson as i32, data: BELL.as_bytes().to_vec() };
    let one = client.execute_circuit(seeded(proto)).await.unwrap().into_inner();
    let other = client.execute_circuit(seeded(json)).await.unwrap().into_inner();
    assert_eq!(one.counts, other.counts);
    assert_eq!(one.metadata["circuit_hash"], other.metadata["circuit_hash"]);
    assert_eq!(one.metadata["aqo_version"], "1.0.0");
}
