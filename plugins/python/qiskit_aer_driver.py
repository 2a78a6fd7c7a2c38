"""Qiskit Aer's simulators on this machine.

    drivers:
      qiskit-aer:
        limits: { memory: 1GiB }
        python: { interpreter: /opt/eigen/python }
        settings: { max_qubits: "24" }

Devices: `aer:statevector`; `aer:density_matrix`; `aer:noisy`, whose gates and readings go wrong at the rates below.
Settings: `max_qubits` of a state vector (16 bytes an amplitude, so 24 take 256 MiB); a density matrix takes half.
"""

import json
import logging
import time

import qiskit
import qiskit_aer
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error

from eigen_driver import BaseDriver, DriverExecutionError, ExecutionResult, current_call

# Each pass of the transpiler would be a line.
logging.getLogger("qiskit").setLevel(logging.WARNING)

ONE = ("rx", "ry", "rz", "x", "y", "z", "h", "s", "t")
TWO = ("cx", "cz", "swap")
THREE = ("ccx", "ccz")
OTHERS = ("measure", "reset", "barrier")

# Depolarisation after each gate on one and on two qubits, and bits read wrongly: as good machines of 2025 have it.
NOISE_ONE, NOISE_TWO, MISREAD = 0.001, 0.01, 0.02


class QiskitAerDriver(BaseDriver):
    name = "qiskit-aer"
    version = "1.0.0"

    def initialize(self, config):
        self.max_qubits = int(config.get("max_qubits", "24"))
        self.simulators = {
            "aer:statevector": AerSimulator(method="statevector"),
            "aer:density_matrix": AerSimulator(method="density_matrix"),
            "aer:noisy": AerSimulator(method="density_matrix", noise_model=noise()),
        }

    def get_devices(self):
        # A density matrix knows no CCZ, and the noise is of gates on one and two qubits: the host writes the others with
        # those that a device has.
        gates = {
            "aer:statevector": ONE + TWO + THREE + OTHERS,
            "aer:density_matrix": ONE + TWO + ("ccx",) + OTHERS,
            "aer:noisy": ONE + TWO + OTHERS,
        }
        return [
            {
                "device_id": device_id,
                "name": f"Qiskit Aer, {device_id.split(':')[1].replace('_', ' ')}",
                "backend_type": "simulator",
                "status": "ONLINE",
                "capabilities": {
                    "provider": "Qiskit Aer",
                    "max_qubits": self.max_qubits // (1 if device_id == "aer:statevector" else 2),
                    "gates": ",".join(gates[device_id]),
                    "idempotent": True,
                    "deterministic": True,
                    "mid_circuit": True,
                },
            }
            for device_id in self.simulators
        ]

    def execute_circuit(self, device_id, circuit, shots, options):
        simulator = self.simulators.get(device_id)
        if simulator is None:
            raise DriverExecutionError("NOT_FOUND", f"there is no device `{device_id}`")
        call = current_call()
        # Aer takes 64 bits with a sign.
        seed = None if call is None or call.seed is None else call.seed % 2**63
        started = time.perf_counter()
        result = simulator.run(build(json.loads(circuit)), shots=shots, seed_simulator=seed).result()
        if not result.success:
            said = result.results[0].status if result.results else result.status
            if "memory" in said.lower():
                raise DriverExecutionError("RESOURCE_EXHAUSTED", f"Simulator Out of Memory: {said}")
            raise DriverExecutionError("INTERNAL", f"Aer failed: {said}")
        seconds = time.perf_counter() - started
        return ExecutionResult(
            result.get_counts(),
            seconds,
            {"qiskit_version": qiskit.__version__, "qiskit_aer_version": qiskit_aer.__version__},
        )


def noise():
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(NOISE_ONE, 1), list(ONE))
    model.add_all_qubit_quantum_error(depolarizing_error(NOISE_TWO, 2), list(TWO))
    model.add_all_qubit_readout_error(ReadoutError([[1 - MISREAD, MISREAD], [MISREAD, 1 - MISREAD]]))
    return model


def build(circuit):
    """AQO as a circuit of Qiskit. One classical register: its bit 0 stands rightmost in a result, as in ours."""
    operations = circuit["operations"]
    bits = [bit for operation in operations if operation["op"].upper() == "MEASURE" for bit in operation["c"]]
    built = QuantumCircuit(circuit["qubits"])
    built.add_register(ClassicalRegister(max(bits) + 1 if bits else circuit["qubits"], "c"))
    for index, operation in enumerate(operations):
        name, qubits = operation["op"].lower(), operation["q"]
        if name == "measure":
            built.measure(qubits, operation["c"])
        elif name in ("rx", "ry", "rz"):
            getattr(built, name)(float(operation["params"]["theta"]), *qubits)
        elif name in ("reset", "barrier"):
            getattr(built, name)(qubits)
        elif name in ONE + TWO + THREE:
            getattr(built, name)(*qubits)
        else:
            raise NotImplementedError(f"Unsupported Op: {operation['op']} at operation[{index}]")
    if not bits:
        built.measure(range(circuit["qubits"]), range(circuit["qubits"]))
    return built
