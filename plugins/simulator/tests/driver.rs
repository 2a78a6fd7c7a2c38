//! The simulator as the host meets it: through the `Driver` trait alone.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::{Duration, Instant};

use eigen_qdriver::testing::{bell, circuit, host, measure, request, step, step_if};
use eigen_qdriver::{
    Circuit, CircuitClass, ControlQubit, DeviceFeatures, Driver, Error, ErrorCode, ExecutionResult, GateName,
    Observable, Operation as Op, Outcome, Pair, Pauli, PauliFactor, PauliTerm, Request, Rotation, property,
};
use eigen_simulator::Simulator;
use eigen_simulator::engine::memory::RESERVE;

const GIBIBYTE: u64 = 1 << 30;

fn simulator(memory: u64, settings: &[(&str, &str)]) -> Simulator {
    let mut driver = Simulator::default();
    driver.handshake(host(memory)).unwrap();
    driver
        .initialize(settings.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
        .unwrap();
    driver
}

fn usual() -> Simulator {
    simulator(GIBIBYTE + RESERVE, &[])
}

fn done(driver: &mut Simulator, request: Request) -> ExecutionResult {
    match driver.execute(request).unwrap() {
        Outcome::Done(result) => result,
        Outcome::Pending(pending) => panic!("a simulator answers at once, not {pending:?}"),
    }
}

fn refused(driver: &mut Simulator, request: Request) -> Error {
    driver.execute(request).unwrap_err()
}

fn with_option(key: &str, value: &str) -> Request {
    Request { options: vec![(key.into(), value.into())], ..bell("sim:local") }
}

#[test]
fn it_introduces_itself_and_offers_three_devices_that_can_do_everything() {
    let mut driver = Simulator::default();
    let info = driver.handshake(host(GIBIBYTE + RESERVE)).unwrap();
    assert_eq!(info.name, "simulator");
    let devices = driver.get_devices().unwrap();
    let ids: Vec<_> = devices.iter().map(|device| device.id.as_str()).collect();
    assert_eq!(ids, ["sim:local", "cluster:auto", "runtime:deterministic"]);
    for device in devices {
        assert_eq!((device.backend_type.as_str(), device.provider.as_str()), ("simulator", "local"));
        assert_eq!(device.features, DeviceFeatures::all());
        assert_eq!((device.limits[0].class, device.limits[0].qubits), (CircuitClass::Any, 26));
        assert_eq!((device.limits[1].class, device.limits[1].qubits), (CircuitClass::Clifford, 4096));
        assert_eq!(device.gates.len(), GateName::Classical as usize + 1, "all there are");
        assert_eq!(device.calibration_id, Some(format!("calib://simulator/{}", device.id)));
        let order = property(&device.capabilities, "bitstring_order");
        assert_eq!(order, Some("msb_first_by_classical_index"));
    }
}

#[test]
fn its_devices_can_be_renamed_and_others_are_not_found() {
    let mut driver = simulator(GIBIBYTE, &[("devices", "lab:one, lab:two")]);
    assert_eq!(done(&mut driver, bell("lab:two")).counts.len(), 2);
    assert!(driver.get_device_status("lab:one").is_ok());
    assert_eq!(driver.calibrate_device("lab:one", vec![]).unwrap(), "calib://simulator/lab:one");
    assert_eq!(refused(&mut driver, bell("sim:local")).code, ErrorCode::NotFound);
    assert_eq!(driver.get_device_status("sim:local").unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(driver.calibrate_device("sim:local", vec![]).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_result_says_who_made_it_and_how_to_read_it() {
    let result = done(&mut usual(), Request { seed: Some(7), ..bell("sim:local") });
    assert_eq!(result.counts.iter().map(|(_, count)| count).sum::<u64>(), 1000);
    assert!(result.duration_ns > 0);
    for (key, value) in [
        ("driver", "under-test"),
        ("qubits", "2"),
        ("shots", "1000"),
        ("seed", "7"),
        ("bitstring_order", "msb_first_by_classical_index"),
        ("provider_profile", "simulator"),
    ] {
        assert_eq!(property(&result.metadata, key), Some(value), "{key}");
    }
}

#[test]
fn without_a_seed_counts_vary_except_where_a_default_is_promised() {
    let wide = |device: &str| {
        let gates = circuit(8, (0..8).map(|q| step(Op::H(q))).chain((0..8).map(|q| measure(q, q))));
        request(device, gates)
    };
    let mut driver = usual();
    assert_ne!(done(&mut driver, wide("sim:local")).counts, done(&mut driver, wide("sim:local")).counts);
    let promised = done(&mut driver, wide("runtime:deterministic"));
    assert_eq!(promised.counts, done(&mut driver, wide("runtime:deterministic")).counts);
    assert_eq!(promised.counts, done(&mut driver, Request { seed: Some(0), ..wide("sim:local") }).counts);

    let mut fixed = simulator(GIBIBYTE, &[("default_seed", "5")]);
    let counts = done(&mut fixed, wide("sim:local")).counts;
    assert_eq!(counts, done(&mut driver, Request { seed: Some(5), ..wide("sim:local") }).counts);
    assert_eq!(counts, done(&mut fixed, wide("runtime:deterministic")).counts);
    assert_ne!(counts, done(&mut fixed, Request { seed: Some(6), ..wide("sim:local") }).counts);
}

#[test]
fn only_its_own_provider_profile_is_served() {
    let mut driver = usual();
    assert_eq!(done(&mut driver, with_option("provider_profile", " Simulator ")).counts.len(), 2);
    let error = refused(&mut driver, with_option("provider_profile", "annealer"));
    assert_eq!(error.code, ErrorCode::Unimplemented);
    assert_eq!(error.message, "Unsupported provider_profile: annealer");
}

#[test]
fn faults_are_injected_only_where_the_operator_allows_it() {
    assert_eq!(done(&mut usual(), with_option("simulate_error", "UNAVAILABLE")).counts.len(), 2);
    let mut driver = simulator(GIBIBYTE, &[("fault_injection", "true")]);
    assert_eq!(
        refused(&mut driver, with_option("simulate_error", "unavailable")).code,
        ErrorCode::Unavailable
    );
    assert_eq!(
        refused(&mut driver, with_option("simulate_error", "Resource_Exhausted")).code,
        ErrorCode::Quota
    );
    assert_eq!(refused(&mut driver, with_option("simulate_error", "x")).code, ErrorCode::InvalidArgument);
    assert_eq!(done(&mut driver, bell("sim:local")).counts.len(), 2);
}

#[test]
fn options_that_mean_nothing_here_are_ignored() {
    assert_eq!(done(&mut usual(), with_option("whatever", "1")).counts.len(), 2);
}

#[test]
fn too_many_qubits_are_refused_at_once_with_what_raises_the_limit() {
    let mut driver = usual();
    for qubits in [27, 31, 32, 63, 64, 65, 10_000, u32::MAX] {
        let start = Instant::now();
        let error = refused(&mut driver, request("sim:local", circuit(qubits, [step(Op::T(0))])));
        assert!(start.elapsed() < Duration::from_millis(100), "{qubits} qubits: something was allocated");
        assert_eq!(error.code, ErrorCode::Capacity);
        let parts = [
            "Simulator Out of Memory",
            &qubits.to_string(),
            "at most 26",
            "drivers.under-test.limits.memory",
        ];
        for part in parts {
            assert!(error.message.contains(part), "`{part}` is missing in: {}", error.message);
        }
    }
}

#[test]
fn the_limit_follows_the_grant_and_is_exact() {
    for (memory, qubits) in [(RESERVE + 1024, 6), (RESERVE + (16 << 12), 12), (RESERVE + (16 << 12) - 1, 11)]
    {
        let mut driver = simulator(memory, &[]);
        assert_eq!(driver.get_devices().unwrap()[0].limits[0].qubits, qubits);
        done(&mut driver, request("sim:local", circuit(qubits, [])));
        let error = refused(&mut driver, request("sim:local", circuit(qubits + 1, [step(Op::T(0))])));
        assert_eq!(error.code, ErrorCode::Capacity);
    }
}

#[test]
fn a_grant_that_holds_no_state_is_unhealthy() {
    assert!(usual().health().unwrap().ready);
    let health = simulator(1 << 20, &[]).health().unwrap();
    assert!(!health.ready && health.reason.contains("drivers.under-test.limits.memory"), "{}", health.reason);
}

#[test]
fn expectation_values_come_under_their_names() {
    let mut gates =
        circuit(2, [step(Op::H(0)), step(Op::Cx(Pair { a: 0, b: 1 })), measure(0, 0), measure(1, 1)]);
    let both = |pauli| [0, 1].map(|qubit| PauliFactor { qubit, pauli }).to_vec();
    let term = |coefficient, pauli| PauliTerm { coefficient, factors: both(pauli) };
    gates.observables = vec![
        Observable { name: "zz".into(), terms: vec![term(1.0, Pauli::Z)] },
        Observable { name: "sum".into(), terms: vec![term(2.0, Pauli::X), term(0.5, Pauli::Y)] },
        Observable { name: "one".into(), terms: vec![PauliTerm { coefficient: 3.0, factors: vec![] }] },
    ];
    let values = done(&mut usual(), request("sim:local", gates)).expectations;
    // ⟨XX⟩ = 1, ⟨YY⟩ = −1, ⟨ZZ⟩ = 1 in a Bell pair.
    for ((name, value), (expected_name, expected)) in
        values.iter().zip([("zz", 1.0), ("sum", 1.5), ("one", 3.0)])
    {
        assert_eq!(name, expected_name);
        assert!((value - expected).abs() < 1e-14, "{name} = {value}");
    }
}

#[test]
fn circuits_that_break_the_rules_are_refused_by_step_and_never_run() {
    let control = |qubit| step(Op::Control(ControlQubit { qubit, active_on: true }));
    let rx = |theta| step(Op::Rx(Rotation { qubit: 0, theta }));
    let broken = [
        (vec![step(Op::X(0)), step(Op::X(2))], "steps[1]: qubit 2 is out of range"),
        (vec![step(Op::Cx(Pair { a: 1, b: 1 }))], "steps[0]: qubit 1 stands twice"),
        (vec![measure(0, 2)], "steps[0]: classical bit 2 is out of range"),
        (vec![step_if(9, true, Op::X(0))], "steps[0]: the guard's bit"),
        (vec![rx(f64::NAN)], "steps[0]: an angle"),
        (vec![rx(f64::INFINITY)], "steps[0]: an angle"),
        (vec![control(0), step(Op::X(0))], "steps[1]: a control is"),
        (vec![control(0), control(0), step(Op::X(1))], "steps[1]: a control is"),
        (vec![control(0), measure(1, 1)], "steps[1]: only a gate"),
        (vec![control(0)], "a control at the end"),
    ];
    for (steps, message) in broken {
        let error = refused(&mut usual(), request("sim:local", circuit(2, steps)));
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        assert!(error.message.starts_with(message), "{} instead of {message}", error.message);
    }
}

#[test]
fn no_shots_at_all_and_more_than_can_be_counted_are_refused() {
    for shots in [0, u64::MAX] {
        let error = refused(&mut usual(), Request { shots, ..bell("sim:local") });
        assert_eq!(error.code, ErrorCode::InvalidArgument);
    }
    let shots = usual().get_devices().unwrap()[0].max_shots.unwrap();
    let result = done(&mut usual(), Request { shots, ..bell("sim:local") });
    assert_eq!(result.counts.iter().map(|(_, count)| count).sum::<u64>(), shots);
}

#[test]
fn other_forms_than_gates_are_not_its_own() {
    let request = Request { circuit: Circuit::Qasm3("OPENQASM 3.0;".into()), ..bell("sim:local") };
    assert_eq!(refused(&mut usual(), request).code, ErrorCode::Unimplemented);
}

#[test]
fn the_largest_finite_angles_leave_a_state_of_norm_one() {
    let huge = f64::MAX;
    let steps = [
        step(Op::U(eigen_qdriver::U3 { qubit: 0, theta: huge, phi: huge, lambda: huge })),
        step(Op::Cu(eigen_qdriver::PairU {
            control: 0,
            target: 1,
            theta: huge,
            phi: huge,
            lambda: huge,
            gamma: huge,
        })),
        measure(0, 0),
        measure(1, 1),
    ];
    let counts = done(&mut usual(), request("sim:local", circuit(2, steps))).counts;
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 1000);
}
