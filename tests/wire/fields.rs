//! Requests whose fields are wrong, whatever their circuit.

use driver_manager::grpc::proto::{CircuitPayload, ExecuteCircuitRequest};

use crate::case::{Case, Wanted, good, invalid, unimplemented, unknown_device};

/// Every case.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, wanted: Wanted, spoil: &dyn Fn(&mut ExecuteCircuitRequest)| {
        let mut request = good();
        spoil(&mut request);
        cases.push(Case { name: name.to_owned(), request, wanted });
    };
    add("no device", invalid("device_id: field is required"), &|it| it.device_id.clear());
    add("no payload", invalid("payload.format: field is required"), &|it| it.payload = None);
    add("no data", invalid("payload.data: field is required"), &|it| payload(it).data.clear());
    add("no format", invalid("payload.format: field is required"), &|it| payload(it).format = 0);
    for format in [5, 99, -1, i32::MIN, i32::MAX] {
        add("strange format", invalid("payload.format"), &|it| payload(it).format = format);
    }
    for shots in [0, -1, i32::MIN] {
        add("no shots", invalid("shots: must be > 0"), &|it| it.shots = shots);
    }
    for shots in [10_000_001, i32::MAX] {
        add("too many shots", invalid("shots: must be <= 10000000"), &|it| it.shots = shots);
    }
    for device in ["nowhere", "SIM:LOCAL", "sim:local ", "sim:local\0", "../../etc/passwd", "😀"] {
        add("unknown device", unknown_device("unknown device"), &|it| device.clone_into(&mut it.device_id));
    }
    add("giant device", unknown_device("unknown device"), &|it| it.device_id = "d".repeat(1 << 20));
    for seed in ["", "-1", "+1", "1.0", "0x10", "seven", " 7", "18446744073709551616", "٣"] {
        add("bad seed", invalid("options.seed"), &|it| option(it, "seed", seed));
    }
    for timeout in ["", "soon", "-1", "NaN", "1e400"] {
        add("bad timeout", invalid("timeout"), &|it| option(it, "dm.timeout", timeout));
        add("bad older timeout", invalid("timeout"), &|it| option(it, "timeout_sec", timeout));
    }
    add("the provider's own format", unimplemented("BACKEND_NATIVE"), &|it| payload(it).format = 4);
    add("a seed that is a megabyte", invalid("options.seed"), &|it| option(it, "seed", &"7".repeat(1 << 20)));
    cases
}

fn payload(request: &mut ExecuteCircuitRequest) -> &mut CircuitPayload {
    request.payload.get_or_insert_default()
}

fn option(request: &mut ExecuteCircuitRequest, key: &str, value: &str) {
    request.options.insert(key.to_owned(), value.to_owned());
}
