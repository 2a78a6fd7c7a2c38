//! Every request, answered by a driver that has every method.

use eigen_worker_core::message::{
    Calibrate, CancelJob, Device, DeviceState, DeviceStatus, GetDeviceStatus, GetDevices, GetHealth,
    Initialize, Outcome, Pending, Poll, Reconcile, Shutdown, from_worker::Answer, outcome, reconciliation,
    to_worker::Request,
};

use crate::support::{Worker, error, executing, hello, result};

const FULL: &str = r#"
from eigen_driver import *

class Full(BaseDriver):
    name = "full"
    version = "1.2.3"

    def initialize(self, config):
        self.config = config

    def get_devices(self):
        return [
            DeviceInfo("a", "A", "qpu", DeviceStatus.CALIBRATING, 3, 7, {"qubits": 5, "on": True}),
            {"device_id": "b", "status": "online"},
        ]

    def get_device_status(self, device_id):
        return DeviceStatusInfo("DEVICE_STATUS_OFFLINE", 1, 2, {"why": device_id})

    def execute_circuit(self, device_id, circuit, shots, options):
        call = current_call()
        told = [call.job_id, call.execution_key, call.attempt, call.seed, call.circuit_format, call.traceparent]
        left = 50 < call.seconds_left() <= 60
        return ExecutionResult({"0 0": shots}, 0.5, {"call": told, "left": left, "config": self.config,
            "options": options, "circuit": circuit.decode()}, {"energy": -1.5})

    def poll_job(self, ticket):
        return PendingJob(ticket + "!", 1.5, 4)

    def cancel_job(self, ticket):
        if ticket != "t":
            raise DriverExecutionError("NOT_FOUND", "no such job")

    def reconcile(self, execution_key):
        return {"found": "ticket", "no": False}.get(execution_key)

    def calibrate_device(self, device_id, options):
        return f"cal-{device_id}-{options['k']}"

    def capability_handshake(self):
        return DriverCapabilities("2.0", {"async": False, "qec": "none"})

    def healthcheck(self):
        return DriverHealth(False, "cold", {"kelvin": 0.02})

    def shutdown(self):
        print("good night")
"#;

fn full() -> Worker {
    let mut worker = Worker::start(FULL);
    let settings = [("region".to_owned(), "eu".to_owned())].into();
    let secrets = [("token".to_owned(), "s".to_owned())].into();
    assert!(matches!(worker.ask(Request::Initialize(Initialize { settings, secrets })), Answer::Done(_)));
    worker
}

#[test]
fn the_handshake_tells_what_the_driver_is() {
    let (_worker, answer) = Worker::start_with(hello(FULL));
    assert_eq!((answer.protocol, answer.class_name.as_str()), (1, "Full"));
    assert_eq!((answer.name.as_str(), answer.version.as_str()), ("full", "1.2.3"));
    assert_eq!(answer.driver_api_version, "2.0");
    assert_eq!(answer.features["async"], "false");
    assert!(answer.python.starts_with("CPython 3."), "{}", answer.python);
    assert!(!answer.is_async);
    assert!(answer.optional_methods.contains(&"poll_job".to_owned()));
    assert!(!answer.optional_methods.contains(&"session_key".to_owned()));
}

#[test]
fn devices_come_in_any_shape() {
    let Answer::Devices(devices) = full().ask(Request::GetDevices(GetDevices {})) else {
        panic!("no devices")
    };
    let [a, b] = devices.devices.as_slice() else { panic!("{devices:?}") };
    let state = DeviceState {
        status: DeviceStatus::Calibrating.into(),
        queue_depth: 3,
        estimated_wait_sec: Some(7),
        ..DeviceState::default()
    };
    assert_eq!(
        (&a.state, a.capabilities["qubits"].as_str(), a.capabilities["on"].as_str()),
        (&Some(state), "5", "true")
    );
    let state = DeviceState { status: DeviceStatus::Online.into(), ..DeviceState::default() };
    assert_eq!(*b, Device { device_id: "b".into(), state: Some(state), ..Device::default() });
}

#[test]
fn a_device_has_a_state() {
    let request = Request::GetDeviceStatus(GetDeviceStatus { device_id: "a".into() });
    let Answer::DeviceState(state) = full().ask(request) else { panic!("no state") };
    assert_eq!(
        (state.status(), state.queue_depth, state.estimated_wait_sec),
        (DeviceStatus::Offline, 1, Some(2))
    );
    assert_eq!(state.metadata["why"], "a");
}

#[test]
fn a_call_brings_counts_and_knows_its_context() {
    let result = full().result();
    assert_eq!((result.counts[0].bits.as_str(), result.counts[0].count), ("00", 100));
    assert_eq!(result.metadata["call"], r#"["job-1", "key-1", 2, 42, "AQO_JSON", "00-trace"]"#);
    assert_eq!(result.metadata["left"], "true");
    assert!(result.metadata["config"].contains(r#""token": "s""#));
    assert_eq!(result.metadata["options"], r#"{"k": "v"}"#);
    assert!((result.expectations["energy"] + 1.5).abs() < 1e-12);
}

#[test]
fn a_job_is_polled_cancelled_and_found_again() {
    let mut worker = full();
    let pending = Pending { ticket: "t!".into(), poll_after_ms: Some(1500), queue_position: Some(4) };
    let polled = worker.ask(Request::Poll(Poll { ticket: "t".into() }));
    assert_eq!(polled, Answer::Outcome(Outcome { outcome: Some(outcome::Outcome::Pending(pending)) }));
    assert!(matches!(worker.ask(Request::CancelJob(CancelJob { ticket: "t".into() })), Answer::Done(_)));
    assert_eq!(error(worker.ask(Request::CancelJob(CancelJob { ticket: "u".into() }))).code, 5);
    let mut reconcile =
        |key: &str| match worker.ask(Request::Reconcile(Reconcile { execution_key: key.into() })) {
            Answer::Reconciliation(reconciliation) => reconciliation.answer.expect("one"),
            other => panic!("{other:?}"),
        };
    assert!(
        matches!(reconcile("found"), reconciliation::Answer::Found(Pending { ticket, .. }) if ticket == "ticket")
    );
    assert!(matches!(reconcile("no"), reconciliation::Answer::NotFound(_)));
    assert!(matches!(reconcile("else"), reconciliation::Answer::Unknown(_)));
}

#[test]
fn calibration_and_health_are_passed_on() {
    let mut worker = full();
    let options = [("k".to_owned(), "v".to_owned())].into();
    let calibrated = worker.ask(Request::Calibrate(Calibrate { device_id: "a".into(), options }));
    assert!(matches!(calibrated, Answer::Calibration(done) if done.calibration_ref == "cal-a-v"));
    let Answer::Health(health) = worker.ask(Request::GetHealth(GetHealth {})) else { panic!("no health") };
    assert_eq!(
        (health.ready, health.reason.as_str(), health.details["kelvin"].as_str()),
        (false, "cold", "0.02")
    );
}

#[test]
fn a_shutdown_is_answered_and_then_the_process_ends() {
    let mut worker = full();
    assert!(matches!(worker.ask(Request::Shutdown(Shutdown {})), Answer::Done(_)));
    let output = worker.printed();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"good night\n");
}

#[test]
fn a_driver_with_two_methods_is_enough() {
    let mut worker = Worker::start(&executing(
        "def execute_circuit(self, device_id, circuit, shots, options):\n    return {'0': shots}, 0, {}",
    ));
    assert!(matches!(worker.ask(Request::Initialize(Initialize::default())), Answer::Done(_)));
    let status = |device_id: &str| Request::GetDeviceStatus(GetDeviceStatus { device_id: device_id.into() });
    assert!(matches!(worker.ask(status("dev")), Answer::DeviceState(state) if state.status == 1));
    assert_eq!(error(worker.ask(status("other"))).code, 5);
    assert!(matches!(worker.ask(Request::GetHealth(GetHealth {})), Answer::Health(health) if health.ready));
    assert_eq!(error(worker.ask(Request::Calibrate(Calibrate::default()))).code, 12);
    assert_eq!(error(worker.ask(Request::Poll(Poll::default()))).code, 5);
    assert_eq!(result(worker.execute()).counts.len(), 1);
    assert!(worker.output().status.success());
}
