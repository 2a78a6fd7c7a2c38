"""Amazon Braket's local simulators: no account, no network.

    drivers:
      braket:
        limits: { memory: 1GiB }
        python: { interpreter: /opt/eigen/python }

Devices: `braket:sv`, a state vector; `braket:dm`, a density matrix. Both measure at the end only, take 100,000
shots, and have no seed.
Settings: `max_qubits` of the state vector (16 bytes an amplitude); the density matrix takes half.
"""

import json
import time
from importlib.metadata import version

from braket.devices import LocalSimulator
from braket.ir.openqasm import Program

from eigen_driver import BaseDriver, DriverExecutionError, ExecutionResult

# AQO's operations as Braket names them; the host writes the others with these.
GATES = {
    "RX": "rx", "RY": "ry", "RZ": "rz", "X": "x", "Y": "y", "Z": "z", "H": "h", "S": "s", "T": "t",
    "CX": "cnot", "CZ": "cz", "SWAP": "swap", "CCX": "ccnot",
}  # fmt: skip
# Shots of one request, as Braket's managed simulators have it: every sample is held in memory until it is counted.
MAX_SHOTS = 100_000


class BraketDriver(BaseDriver):
    name = "braket"
    version = "1.0.0"

    def initialize(self, config):
        largest = int(config.get("max_qubits", "20"))
        self.max_qubits = {"braket:sv": largest, "braket:dm": largest // 2}
        self.simulators = {"braket:sv": LocalSimulator("braket_sv"), "braket:dm": LocalSimulator("braket_dm")}

    def get_devices(self):
        return [
            {
                "device_id": device_id,
                "name": self.simulators[device_id].name,
                "backend_type": "simulator",
                "status": "ONLINE",
                "capabilities": {
                    "provider": "Amazon Braket",
                    "max_qubits": qubits,
                    "max_shots": MAX_SHOTS,
                    "gates": ",".join([*GATES, "MEASURE", "BARRIER"]),
                    "idempotent": True,
                },
            }
            for device_id, qubits in self.max_qubits.items()
        ]

    def execute_circuit(self, device_id, circuit, shots, options):
        simulator_of_device = self.simulators.get(device_id)
        if simulator_of_device is None:
            raise DriverExecutionError("NOT_FOUND", f"there is no device `{device_id}`")
        source, places = program(json.loads(circuit))
        started = time.perf_counter()
        result = simulator_of_device.run(Program(source=source), shots=shots).result()
        seconds = time.perf_counter() - started
        versions = {
            "braket_sdk_version": version("amazon-braket-sdk"),
            "braket_simulator_version": version("amazon-braket-default-simulator"),
        }
        return ExecutionResult(tally(result.measurements, result.measured_qubits, places), seconds, versions)


def program(circuit):
    """AQO as the OpenQASM 3 of Braket, and which qubit each classical bit is read from.

    Every qubit that is read is measured once, under its own number.
    """
    lines, places = [], {}
    for index, operation in enumerate(circuit["operations"]):
        name = operation["op"].upper()
        if name == "MEASURE":
            places.update(zip(operation["c"], operation["q"]))
        elif name in GATES:
            theta = operation.get("params", {}).get("theta")
            angle = "" if theta is None else f"({float(theta)!r})"
            lines.append(f"{GATES[name]}{angle} {', '.join(f'q[{qubit}]' for qubit in operation['q'])};")
        elif name != "BARRIER":
            raise NotImplementedError(f"Unsupported Op: {name} at operation[{index}]")
    if not places:
        places = {qubit: qubit for qubit in range(circuit["qubits"])}
    read = sorted(set(places.values()))
    head = ["OPENQASM 3.0;", f"bit[{circuit['qubits']}] b;", f"qubit[{circuit['qubits']}] q;"]
    return "\n".join(head + lines + [f"b[{qubit}] = measure q[{qubit}];" for qubit in read]), places


def tally(rows, qubits, places):
    """Counts by bitstrings, the highest classical bit first. A row holds one bit for each of `qubits`."""
    column = {qubit: position for position, qubit in enumerate(qubits)}
    order = [column[places[bit]] if bit in places else None for bit in range(max(places), -1, -1)]
    counts = {}
    for row in rows:
        bits = "".join("0" if position is None else str(int(row[position])) for position in order)
        counts[bits] = counts.get(bits, 0) + 1
    return counts
