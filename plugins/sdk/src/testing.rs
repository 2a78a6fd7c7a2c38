//! What unit tests of drivers need: an introduction and requests as the host makes them.

use crate::{Circuit, Gates, Guard, HostInfo, Measurement, Operation, Pair, Pauli, Request, Step};

/// A host with this much memory to give.
pub fn host(memory_bytes: u64) -> HostInfo {
    HostInfo { version: "0.0.0".into(), driver_name: "under-test".into(), generation: 1, memory_bytes }
}

/// A step without a guard.
pub fn step(operation: Operation) -> Step {
    Step { operation, guard: None }
}

/// A step that runs only if the bit has the value.
pub fn step_if(clbit: u32, value: bool, operation: Operation) -> Step {
    Step { operation, guard: Some(Guard { clbit, value }) }
}

/// The measurement of a qubit into a bit, in the Z basis.
pub fn measure(qubit: u32, clbit: u32) -> Step {
    step(Operation::Measure(Measurement { qubit, clbit, basis: Pauli::Z }))
}

/// A circuit with as many bits as qubits, all of them in the answer.
pub fn circuit(qubits: u32, steps: impl IntoIterator<Item = Step>) -> Gates {
    Gates {
        qubits,
        clbits: qubits,
        output_bits: qubits,
        steps: steps.into_iter().collect(),
        observables: Vec::new(),
    }
}

/// A request for 1000 shots of a circuit, unseeded, without options.
pub fn request(device_id: &str, gates: Gates) -> Request {
    Request {
        job_id: "job-1".into(),
        device_id: device_id.into(),
        circuit: Circuit::Gates(gates),
        shots: 1000,
        seed: None,
        attempt: 1,
        execution_key: "0000000000000001".into(),
        options: Vec::new(),
    }
}

/// A request for a Bell pair: `00` and `11` with equal chances, nothing else.
pub fn bell(device_id: &str) -> Request {
    let cx = step(Operation::Cx(Pair { a: 0, b: 1 }));
    request(device_id, circuit(2, [step(Operation::H(0)), cx, measure(0, 0), measure(1, 1)]))
}
