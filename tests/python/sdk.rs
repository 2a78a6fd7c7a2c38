//! The drivers of `plugins/python` with their real SDKs, against the simulator that the host brings along.
//!
//! Two samples of `n` shots each of one distribution over `k` outcomes differ in total variation by no more than
//! `sqrt(k / n) + sqrt(ln(1 / p) / n)` except with probability `p`. A share's mean deviation is at most
//! `sqrt(q (1 - q) / n)` where `q` is its truth, so that by Cauchy and Schwarz a sample is expected within
//! `sqrt(k / n) / 2` of the truth, and two within twice that of each other. Each of the `2 n` shots moves the distance by
//! at most `1 / n`: `McDiarmid`'s inequality (*On the method of bounded differences*, 1989) gives the second term. Here `p`
//! is 10^-9.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use driver_manager::grpc::proto::{
    CircuitFormat, CircuitPayload, ExecuteCircuitRequest, ExecuteCircuitResponse, ListDevicesRequest,
};
use serde_json::json;
use tonic::{Code, Status};

use crate::stage::Stage;
use crate::stand_in::sdks;
use crate::support::host::Host;

const SHOTS: i32 = 4000;

/// The file of a driver of this project.
fn driver(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/python").join(file)
}

/// A host whose driver `lab` is this file.
async fn host(file: &str) -> (Host, Stage) {
    let stage = Stage::new(json!({
        "python": { "interpreter": sdks() },
        "driver_defaults": { "initialize_timeout": "90s" },
        "drivers": { "lab": { "limits": { "memory": "2GiB" } } },
    }));
    stage.install_file("1.0.0", &fs::read_to_string(driver(file)).unwrap());
    (stage.start().await, stage)
}

async fn run(
    host: &Host,
    device: &str,
    circuit: &str,
    options: &[(&str, &str)],
) -> Result<ExecuteCircuitResponse, Status> {
    let format = if circuit.starts_with('{') { CircuitFormat::AqoJson } else { CircuitFormat::Qasm3Text };
    send(host, device, format, circuit, SHOTS, options).await
}

async fn send(
    host: &Host,
    device: &str,
    format: CircuitFormat,
    circuit: &str,
    shots: i32,
    options: &[(&str, &str)],
) -> Result<ExecuteCircuitResponse, Status> {
    let mut all: HashMap<_, _> = [("dm.cache".to_owned(), "bypass".to_owned())].into();
    all.extend(options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let request = ExecuteCircuitRequest {
        job_id: String::new(),
        device_id: device.to_owned(),
        payload: Some(CircuitPayload { format: format as i32, data: circuit.as_bytes().to_vec() }),
        shots,
        options: all,
    };
    host.client().await.execute_circuit(request).await.map(tonic::Response::into_inner)
}

#[track_caller]
fn counts(answer: Result<ExecuteCircuitResponse, Status>) -> HashMap<String, i64> {
    answer.unwrap_or_else(|status| panic!("{status:?}")).counts
}

/// Half the sum of the differences of shares.
fn distance(one: &HashMap<String, i64>, other: &HashMap<String, i64>) -> f64 {
    let keys: std::collections::HashSet<_> = one.keys().chain(other.keys()).collect();
    let share = |counts: &HashMap<String, i64>, key: &String| {
        counts.get(key).copied().unwrap_or_default() as f64 / f64::from(SHOTS)
    };
    keys.into_iter().map(|key| (share(one, key) - share(other, key)).abs()).sum::<f64>() / 2.0
}

/// See the head of this file.
fn allowed(outcomes: usize) -> f64 {
    (outcomes as f64 / f64::from(SHOTS)).sqrt() + (1e9_f64.ln() / f64::from(SHOTS)).sqrt()
}

/// What it shows, the text, and the options it takes.
type Circuit = (&'static str, String, Vec<(&'static str, &'static str)>);

/// Circuits that end with their measurements.
fn circuits() -> Vec<Circuit> {
    let of = |text: &str| text.to_owned();
    let ghz = |gates: &str| {
        format!(r#"{{"version":"1.0.0","qubits":5,"operations":[{{"op":"H","q":[0]}}{gates}]}}"#)
    };
    let chain = [0, 1, 2, 3].map(|q| format!(r#",{{"op":"CX","q":[{q},{}]}}"#, q + 1)).concat();
    vec![
        (
            "bell",
            of(
                r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"H","q":[0]},{"op":"CX","q":[0,1]},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#,
            ),
            vec![],
        ),
        (
            "bell in OpenQASM",
            of(
                "OPENQASM 3.0; include \"stdgates.inc\"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;",
            ),
            vec![],
        ),
        (
            "five qubits in OpenQASM",
            of(
                "OPENQASM 3.0; include \"stdgates.inc\"; qubit[5] q; bit[5] c; h q[0]; for int i in [0:3] { cx q[i], q[i + 1]; } c = measure q;",
            ),
            vec![],
        ),
        (
            "bits in another order in OpenQASM",
            of(
                "OPENQASM 3.0; include \"stdgates.inc\"; qubit[3] q; bit[3] c; x q[0]; ry(0.7) q[1]; c[2] = measure q[0]; c[0] = measure q[1]; c[1] = measure q[2];",
            ),
            vec![],
        ),
        (
            "an angle by name in OpenQASM",
            of(
                "OPENQASM 3.0; include \"stdgates.inc\"; input float a; qubit[2] q; bit[2] c; ry(a) q[0]; cx q[0], q[1]; rx(2 * a) q[1]; c = measure q;",
            ),
            vec![("param.a", "0.6")],
        ),
        ("five qubits, none measured", ghz(&chain), vec![]),
        (
            "bits in another order, one unused",
            of(
                r#"{"version":"1.0.0","qubits":3,"operations":[{"op":"X","q":[0]},{"op":"RY","q":[1],"params":{"theta":0.7}},{"op":"MEASURE","q":[0,1,2],"c":[3,0,1]}]}"#,
            ),
            vec![],
        ),
        (
            "angles by name",
            of(
                r#"{"version":"1.0.0","qubits":3,"operations":[{"op":"RX","q":[0],"params":{"theta":"a"}},{"op":"RZ","q":[0],"params":{"theta":0.3}},{"op":"RY","q":[1],"params":{"theta":"b"}},{"op":"CZ","q":[0,1]},{"op":"RX","q":[1],"params":{"theta":"a"}},{"op":"SWAP","q":[1,2]},{"op":"MEASURE","q":[0,1,2],"c":[0,1,2]}]}"#,
            ),
            vec![("param.a", "1.1"), ("param.b", "0.4")],
        ),
        (
            "every gate",
            of(
                r#"{"version":"1.0.0","qubits":3,"operations":[{"op":"H","q":[0]},{"op":"RX","q":[1],"params":{"theta":0.9}},{"op":"T","q":[0]},{"op":"S","q":[1]},{"op":"Y","q":[2]},{"op":"H","q":[2]},{"op":"Z","q":[2]},{"op":"CCX","q":[0,1,2]},{"op":"H","q":[0]},{"op":"CCZ","q":[2,0,1]},{"op":"H","q":[1]},{"op":"RZ","q":[1],"params":{"theta":0.4}},{"op":"H","q":[1]},{"op":"MEASURE","q":[0,1],"c":[0,1]},{"op":"MEASURE","q":[2],"c":[2],"basis":"X"}]}"#,
            ),
            vec![],
        ),
        (
            "gates that the host writes otherwise",
            of(
                "OPENQASM 3.0; include \"stdgates.inc\"; qubit[2] q; bit[2] c; u3(0.5, 0.2, 0.1) q[0]; crx(1.2) q[0], q[1]; sx q[1]; cp(0.3) q[1], q[0]; h q[0]; c = measure q;",
            ),
            vec![],
        ),
    ]
}

/// Those that use a qubit after it was measured.
fn midway() -> Vec<(&'static str, String)> {
    vec![
        (
            "one qubit into two bits",
            "OPENQASM 3.0; include \"stdgates.inc\"; qubit[3] q; bit[11] c; x q[2]; h q[1]; c[10] = measure q[2]; c[0] = measure q[1]; c[2] = measure q[1];".to_owned(),
        ),
        (
            "measured, then gone on with",
            r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"H","q":[0]},{"op":"MEASURE","q":[0],"c":[0]},{"op":"CX","q":[0,1]},{"op":"H","q":[0]},{"op":"MEASURE","q":[0,1],"c":[2,1]}]}"#.to_owned(),
        ),
        (
            "reset, and a bit measured twice",
            r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"X","q":[0]},{"op":"MEASURE","q":[0],"c":[0]},{"op":"RESET","q":[0]},{"op":"RY","q":[0],"params":{"theta":0.8}},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#.to_owned(),
        ),
    ]
}

async fn agrees_with_the_simulator(host: &Host, devices: &[&str]) {
    for (name, circuit, options) in circuits() {
        let expected = counts(run(host, "sim:local", &circuit, &options).await);
        for device in devices {
            let seen = counts(run(host, device, &circuit, &options).await);
            assert_eq!(seen.values().sum::<i64>(), i64::from(SHOTS), "{device}: {name}");
            let (far, most) = (distance(&seen, &expected), allowed(expected.len().max(seen.len())));
            assert!(far <= most, "{device}: {name}: {far} over {most}: {seen:?}, not {expected:?}");
        }
    }
}

async fn goes_on_after_measuring(host: &Host, devices: &[&str]) {
    for (name, circuit) in midway() {
        let expected = counts(run(host, "sim:local", &circuit, &[]).await);
        for device in devices {
            let seen = counts(run(host, device, &circuit, &[]).await);
            let (far, most) = (distance(&seen, &expected), allowed(expected.len().max(seen.len())));
            assert!(far <= most, "{device}: {name}: {far} over {most}: {seen:?}, not {expected:?}");
        }
    }
}

/// Circuits with enough outcomes that two seeds do not agree by chance. The second goes on after measuring, which SDKs
/// simulate shot by shot.
async fn repeats_with_a_seed(host: &Host, devices: &[&str]) {
    let uniform = r#"{"version":"1.0.0","qubits":4,"operations":[{"op":"H","q":[0]},{"op":"H","q":[1]},{"op":"H","q":[2]},{"op":"H","q":[3]}]}"#;
    let midway = r#"{"version":"1.0.0","qubits":3,"operations":[{"op":"H","q":[0]},{"op":"H","q":[1]},{"op":"MEASURE","q":[0,1],"c":[0,1]},{"op":"H","q":[0]},{"op":"H","q":[2]},{"op":"MEASURE","q":[0,2],"c":[2,3]}]}"#;
    for device in devices {
        for circuit in [uniform, midway] {
            let one = counts(seeded(host, device, circuit, "11").await);
            let same = counts(seeded(host, device, circuit, "11").await);
            let other = counts(seeded(host, device, circuit, "12").await);
            assert_eq!(one, same, "{device}");
            assert_ne!(one, other, "{device}: two seeds, one result");
        }
    }
}

async fn seeded(
    host: &Host,
    device: &str,
    circuit: &str,
    seed: &str,
) -> Result<ExecuteCircuitResponse, Status> {
    send(host, device, CircuitFormat::AqoJson, circuit, 200, &[("seed", seed)]).await
}

/// Ideal Bell pairs agree; noisy ones disagree sometimes, and by far not always.
async fn is_noisy(host: &Host, device: &str) {
    let (_, bell, _) = &circuits()[0];
    let seen = counts(run(host, device, bell, &[]).await);
    let apart = seen.iter().filter(|(bits, _)| ["01", "10"].contains(&bits.as_str()));
    let apart = apart.map(|(_, count)| *count).sum::<i64>() as f64 / f64::from(SHOTS);
    assert!((0.002..0.2).contains(&apart), "{apart}: {seen:?}");
}

async fn shows_its_versions(host: &Host, devices: &[&str], package: &str) {
    let listed = host.client().await.list_devices(ListDevicesRequest {}).await.unwrap().into_inner().devices;
    for device in devices {
        assert!(listed.iter().any(|listed| listed.device_id == *device), "{device}: {listed:?}");
        let answer = run(host, device, &circuits()[0].1, &[]).await.unwrap();
        assert!(answer.metadata.contains_key(package), "{:?}", answer.metadata);
    }
}

#[tokio::test]
async fn qiskit_aer_agrees_with_the_simulator_also_after_measuring_and_repeats_with_a_seed() {
    let (host, _stage) = host("qiskit_aer_driver.py").await;
    let exact = ["aer:statevector", "aer:density_matrix"];
    shows_its_versions(&host, &["aer:statevector", "aer:density_matrix", "aer:noisy"], "qiskit_aer_version")
        .await;
    agrees_with_the_simulator(&host, &exact).await;
    goes_on_after_measuring(&host, &exact).await;
    repeats_with_a_seed(&host, &["aer:statevector", "aer:density_matrix", "aer:noisy"]).await;
    is_noisy(&host, "aer:noisy").await;
}

#[tokio::test]
async fn cirq_agrees_with_the_simulator_also_after_measuring_and_repeats_with_a_seed() {
    let (host, _stage) = host("cirq_driver.py").await;
    shows_its_versions(&host, &["cirq:simulator", "cirq:noisy"], "cirq_version").await;
    agrees_with_the_simulator(&host, &["cirq:simulator"]).await;
    goes_on_after_measuring(&host, &["cirq:simulator"]).await;
    repeats_with_a_seed(&host, &["cirq:simulator", "cirq:noisy"]).await;
    is_noisy(&host, "cirq:noisy").await;
}

#[tokio::test]
async fn braket_agrees_with_the_simulator_and_refuses_what_it_cannot_measure() {
    let (host, _stage) = host("braket_driver.py").await;
    let devices = ["braket:sv", "braket:dm"];
    shows_its_versions(&host, &devices, "braket_simulator_version").await;
    agrees_with_the_simulator(&host, &devices).await;
    for (name, circuit) in midway() {
        let status = run(&host, "braket:sv", &circuit, &[]).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{name}: {status:?}");
    }
}

#[tokio::test]
async fn what_an_sdk_lacks_is_refused_with_the_status_that_says_so() {
    let (host, _stage) = host("braket_driver.py").await;
    let reset = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"X","q":[0]},{"op":"RESET","q":[1]}]}"#;
    let status = run(&host, "braket:sv", reset, &[]).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented, "{status:?}");
    assert!(status.message().contains("Unsupported Op: RESET at operation[1]"), "{status:?}");
    let bell = &circuits()[0].1;
    let native = send(&host, "braket:sv", CircuitFormat::BackendNative, bell, SHOTS, &[]).await.unwrap_err();
    assert_eq!(native.code(), Code::Unimplemented, "{native:?}");
    let many = send(&host, "braket:sv", CircuitFormat::AqoJson, bell, 100_001, &[]).await.unwrap_err();
    assert_eq!(many.code(), Code::FailedPrecondition, "{many:?}");
    let nobody = run(&host, "braket:none", bell, &[]).await.unwrap_err();
    assert_eq!(nobody.code(), Code::NotFound, "{nobody:?}");
}

#[test]
fn the_drivers_pass_the_check_that_authors_are_told_to_run() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("python-bridge/package");
    for file in ["qiskit_aer_driver.py", "cirq_driver.py", "braket_driver.py"] {
        let mut check = Command::new(sdks().join("bin/python"));
        check.args(["-B", "-m", "eigen_driver", "check"]).arg(driver(file)).env("PYTHONPATH", &package);
        let checked = check.output().unwrap();
        let (said, complained) =
            (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
        assert!(checked.status.success(), "{file}: {said}{complained}");
        assert!(said.contains("The driver works."), "{file}: {said}{complained}");
    }
}

#[tokio::test]
async fn a_circuit_larger_than_a_device_of_an_sdk_is_refused_before_the_driver_sees_it() {
    let (host, _stage) = host("braket_driver.py").await;
    let large = r#"{"version":"1.0.0","qubits":30,"operations":[{"op":"H","q":[29]},{"op":"T","q":[29]}]}"#;
    let status = run(&host, "braket:dm", large, &[]).await.unwrap_err();
    assert!([Code::FailedPrecondition, Code::ResourceExhausted].contains(&status.code()), "{status:?}");
}
