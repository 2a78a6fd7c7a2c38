//! Requests whose fields are wrong, whatever their circuit.

use driver_manager::grpc::proto::{
    CalibrateDeviceRequest, CircuitPayload, ExecuteCircuitRequest, GetDeviceStatusRequest,
};

use crate::case::{Call, Case, good};
use crate::wanted::{
    Wanted, invalid, invalid_by_driver, invalid_or_unimplemented, unimplemented, unknown_device,
};

/// Device ids that nobody has.
const STRANGERS: [&str; 7] =
    ["nowhere", "SIM:LOCAL", "sim:local ", "sim:local\0", "../../etc/passwd", "😀", "sim:local/../sim:local"];

/// Every case.
pub fn cases() -> Vec<Case> {
    let mut cases = executions();
    cases.extend(other_calls());
    cases
}

fn executions() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, wanted: Wanted, spoil: &dyn Fn(&mut ExecuteCircuitRequest)| {
        let mut request = good();
        spoil(&mut request);
        cases.push(Case { name: name.to_owned(), call: Call::Execute(request), wanted });
    };
    add("no device", invalid("device_id: field is required"), &|it| it.device_id.clear());
    add("no payload", invalid("payload.format: field is required"), &|it| it.payload = None);
    add("no payload", invalid("payload.data: field is required"), &|it| it.payload = None);
    add("no data", invalid("payload.data: field is required"), &|it| payload(it).data.clear());
    add("no format", invalid("payload.format: field is required"), &|it| payload(it).format = 0);
    for format in [5, 99, -1, i32::MIN, i32::MAX] {
        add("strange format", invalid("payload.format: is not"), &|it| payload(it).format = format);
    }
    for shots in [0, -1, i32::MIN] {
        add("no shots", invalid("shots: must be > 0"), &|it| it.shots = shots);
    }
    for shots in [10_000_001, i32::MAX] {
        add("too many shots", invalid("shots: must be <= 10000000"), &|it| it.shots = shots);
    }
    for device in STRANGERS {
        add("unknown device", unknown_device("unknown device"), &|it| device.clone_into(&mut it.device_id));
    }
    add("giant device", unknown_device("unknown device"), &|it| it.device_id = "d".repeat(1 << 20));
    add("giant job", invalid("shots: must be > 0"), &|it| {
        it.job_id = "ünïcödé".repeat(1 << 17);
        it.shots = 0;
    });
    for job in ["", "../../etc/passwd", "job with spaces", "<b>job</b>", "作业 7"] {
        add("odd job", invalid("shots: must be > 0"), &|it| {
            job.clone_into(&mut it.job_id);
            it.shots = 0;
        });
    }
    for seed in ["", "-1", "+1", "1.0", "0x10", "seven", " 7", "18446744073709551616", "٣"] {
        add("bad seed", invalid("options.seed: must be"), &|it| option(it, "seed", seed));
    }
    add("giant seed", invalid("options.seed: must be"), &|it| option(it, "seed", &"7".repeat(1 << 20)));
    for timeout in ["", "soon", "-1", "0", "NaN", "1e400"] {
        add("bad timeout", invalid("options.dm.timeout: must"), &|it| option(it, "dm.timeout", timeout));
        add("bad timeout", invalid("options.timeout_sec: must"), &|it| option(it, "timeout_sec", timeout));
    }
    add("the provider's own format", unimplemented("BACKEND_NATIVE"), &|it| payload(it).format = 4);
    add("JSON as protobuf", invalid_or_unimplemented(""), &|it| payload(it).format = 2);
    let profile = unimplemented("Unsupported provider_profile: ibm");
    add("another profile", profile, &|it| option(it, "provider_profile", " ibm "));
    let fault = invalid_by_driver("simulate_error");
    add("an error that cannot be had", fault, &|it| option(it, "simulate_error", "INTERNAL"));
    cases
}

fn other_calls() -> Vec<Case> {
    let giant = "d".repeat(1 << 20);
    let mut cases = Vec::new();
    let unknown =
        STRANGERS.into_iter().chain([giant.as_str()]).map(|id| (id, unknown_device("unknown device")));
    for (id, wanted) in unknown.chain([("", invalid("device_id: field is required"))]) {
        let status = GetDeviceStatusRequest { device_id: id.to_owned() };
        let calibration = CalibrateDeviceRequest { device_id: id.to_owned(), ..Default::default() };
        for call in [Call::Status(status), Call::Calibrate(calibration)] {
            cases.push(Case { name: format!("device {:.40}", format!("{id:?}")), call, wanted });
        }
    }
    let options = [("dm.timeout".to_owned(), "soon".to_owned())].into();
    let calibration = CalibrateDeviceRequest { device_id: "sim:local".to_owned(), options };
    let wanted = invalid("options.dm.timeout: must");
    cases.push(Case { name: "calibration soon".to_owned(), call: Call::Calibrate(calibration), wanted });
    cases
}

fn payload(request: &mut ExecuteCircuitRequest) -> &mut CircuitPayload {
    request.payload.get_or_insert_default()
}

fn option(request: &mut ExecuteCircuitRequest, key: &str, value: &str) {
    request.options.insert(key.to_owned(), value.to_owned());
}
