"""Google Cirq's simulators on this machine.

    drivers:
      cirq:
        limits: { memory: 1GiB }
        python: { interpreter: /opt/eigen/python }
        settings: { max_qubits: "20" }

Devices: `cirq:simulator`; `cirq:noisy`, which depolarises every qubit after every moment. Both take 100,000 shots.
A circuit that goes on after measuring is simulated once a shot: milliseconds each, so ask for few.
Settings: `max_qubits` of a state vector (16 bytes an amplitude); the noisy device holds a density matrix and takes half.
"""

import json
import logging
import time

import cirq
import numpy

from eigen_driver import BaseDriver, DriverExecutionError, ExecutionResult, current_call

# It is imported by Cirq, which draws nothing here, and tells of the fonts it finds.
logging.getLogger("matplotlib").setLevel(logging.WARNING)

GATES = {
    "X": cirq.X, "Y": cirq.Y, "Z": cirq.Z, "H": cirq.H, "S": cirq.S, "T": cirq.T,
    "CX": cirq.CX, "CZ": cirq.CZ, "SWAP": cirq.SWAP, "CCX": cirq.CCX, "CCZ": cirq.CCZ,
}  # fmt: skip
ROTATIONS = {"RX": cirq.rx, "RY": cirq.ry, "RZ": cirq.rz}
# Shots of one request: every sample is held in memory until it is counted, in Python.
MAX_SHOTS = 100_000
# How likely a qubit is to be depolarised in a moment.
NOISE = 0.01


class CirqDriver(BaseDriver):
    name = "cirq"
    version = "1.0.0"

    def initialize(self, config):
        largest = int(config.get("max_qubits", "20"))
        self.max_qubits = {"cirq:simulator": largest, "cirq:noisy": largest // 2}

    def get_devices(self):
        return [
            {
                "device_id": device_id,
                "name": f"Cirq, {device_id.split(':')[1]}",
                "backend_type": "simulator",
                "status": "ONLINE",
                "capabilities": {
                    "provider": "Cirq",
                    "max_qubits": qubits,
                    "max_shots": MAX_SHOTS,
                    "gates": ",".join([*ROTATIONS, *GATES, "MEASURE", "RESET", "BARRIER"]),
                    "idempotent": True,
                    "deterministic": True,
                    "mid_circuit": True,
                },
            }
            for device_id, qubits in self.max_qubits.items()
        ]

    def execute_circuit(self, device_id, circuit, shots, options):
        call = current_call()
        seed = None if call is None or call.seed is None else call.seed % 2**32
        if device_id == "cirq:simulator":
            simulator = cirq.Simulator(dtype=numpy.complex128, seed=seed)
        elif device_id == "cirq:noisy":
            simulator = cirq.DensityMatrixSimulator(noise=cirq.depolarize(NOISE), seed=seed)
        else:
            raise DriverExecutionError("NOT_FOUND", f"there is no device `{device_id}`")
        built, keys = build(json.loads(circuit))
        started = time.perf_counter()
        measured = simulator.run(built, repetitions=shots).measurements
        seconds = time.perf_counter() - started
        return ExecutionResult(tally(measured, keys, shots), seconds, {"cirq_version": cirq.__version__})


def build(circuit):
    """AQO as a circuit of Cirq, and for each classical bit the key of the measurement that it holds in the end.

    A key is used once: of a bit that is measured twice the last measurement counts.
    """
    qubits = cirq.LineQubit.range(circuit["qubits"])
    operations, keys = [], {}
    for index, operation in enumerate(circuit["operations"]):
        name, on = operation["op"].upper(), [qubits[number] for number in operation["q"]]
        if name == "MEASURE":
            for qubit, bit in zip(on, operation["c"]):
                keys[bit] = f"{index}_{bit}"
                operations.append(cirq.measure(qubit, key=keys[bit]))
        elif name == "RESET":
            operations += [cirq.reset(qubit) for qubit in on]
        elif name in ROTATIONS:
            operations.append(ROTATIONS[name](float(operation["params"]["theta"])).on(*on))
        elif name in GATES:
            operations.append(GATES[name].on(*on))
        elif name != "BARRIER":
            raise NotImplementedError(f"Unsupported Op: {operation['op']} at operation[{index}]")
    if not keys:
        keys = {bit: f"all_{bit}" for bit in range(len(qubits))}
        operations += [cirq.measure(qubit, key=keys[bit]) for bit, qubit in enumerate(qubits)]
    return cirq.Circuit(operations), keys


def tally(measured, keys, shots):
    """Counts by bitstrings: the highest classical bit stands first, and one that nothing was measured into is 0."""
    columns = [measured[keys[bit]][:, 0] if bit in keys else [0] * shots for bit in range(max(keys), -1, -1)]
    counts = {}
    for row in zip(*columns):
        bits = "".join(str(int(bit)) for bit in row)
        counts[bits] = counts.get(bits, 0) + 1
    return counts
