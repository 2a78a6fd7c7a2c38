"""The yardsticks: one circuit a line on standard input, one line of times on standard output.

A request is {"engine": NAME, "qubits": n, "shots": s, "gates": [[name, [qubits], [angles]], ...]}; the answer is
{"ms": t}, the time from a circuit in the engine's own terms to its state (or its shots), or {"error": text}.
"""

import json
import math
import os
import sys
import time

# One thread each, unless the engine's name asks for all.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def aer(request, threads=1):
    from qiskit import QuantumCircuit
    from qiskit_aer import AerSimulator

    circuit = QuantumCircuit(request["qubits"])
    for name, qubits, angles in request["gates"]:
        getattr(circuit, name)(*angles, *qubits)
    circuit.measure_all()
    simulator = AerSimulator(method="statevector", fusion_enable=True, max_parallel_threads=threads)

    def run():
        simulator.run(circuit, shots=request["shots"], seed_simulator=1).result().get_counts()

    return run


def qulacs(request, optimise=True):
    from qulacs import QuantumCircuit, QuantumState
    from qulacs.circuit import QuantumCircuitOptimizer
    from qulacs.gate import DenseMatrix, SWAP

    circuit = QuantumCircuit(request["qubits"])
    for name, qubits, angles in request["gates"]:
        if name in ("h", "x", "s", "t", "tdg"):
            getattr(circuit, {"h": "add_H_gate", "x": "add_X_gate", "s": "add_S_gate", "t": "add_T_gate", "tdg": "add_Tdag_gate"}[name])(*qubits)
        elif name in ("rx", "ry", "rz"):
            # The sign of an angle is the other way round there.
            getattr(circuit, f"add_{name.upper()}_gate")(qubits[0], -angles[0])
        elif name == "u":
            theta, phi, lam = angles
            circuit.add_U3_gate(qubits[0], theta, phi, lam)
        elif name == "cx":
            circuit.add_CNOT_gate(*qubits)
        elif name == "swap":
            circuit.add_gate(SWAP(*qubits))
        elif name == "cp":
            phase = complex(math.cos(angles[0]), math.sin(angles[0]))
            gate = DenseMatrix(qubits[1], [[1, 0], [0, phase]])
            gate.add_control_qubit(qubits[0], 1)
            circuit.add_gate(gate)
        elif name == "rzz":
            circuit.add_CNOT_gate(*qubits)
            circuit.add_RZ_gate(qubits[1], -angles[0])
            circuit.add_CNOT_gate(*qubits)
        else:
            raise ValueError(f"no {name}")

    def run():
        used = circuit.copy()
        if optimise:
            QuantumCircuitOptimizer().optimize_light(used)
        state = QuantumState(request["qubits"])
        used.update_quantum_state(state)
        state.sampling(request["shots"], 1)

    return run


def lightning(request):
    import pennylane as qml

    device = qml.device("lightning.qubit", wires=request["qubits"])
    names = {"h": "Hadamard", "x": "PauliX", "s": "S", "t": "T", "rx": "RX", "ry": "RY", "rz": "RZ", "u": "U3",
             "cx": "CNOT", "swap": "SWAP", "cp": "ControlledPhaseShift", "rzz": "IsingZZ"}

    @qml.set_shots(request["shots"])
    @qml.qnode(device)
    def circuit():
        for name, qubits, angles in request["gates"]:
            if name == "tdg":
                qml.adjoint(qml.T(qubits[0]))
            else:
                getattr(qml, names[name])(*angles, wires=qubits)
        return qml.counts()

    return circuit


def qsim(request):
    import cirq
    import qsimcirq
    from cirq.circuits.qasm_output import QasmUGate

    line = cirq.LineQubit.range(request["qubits"])
    one = {"h": cirq.H, "x": cirq.X, "s": cirq.S, "t": cirq.T, "tdg": cirq.T**-1, "cx": cirq.CNOT, "swap": cirq.SWAP}

    def operation(name, qubits, angles):
        on = [line[qubit] for qubit in qubits]
        if name in one:
            return one[name](*on)
        if name in ("rx", "ry", "rz"):
            return getattr(cirq, name)(angles[0])(*on)
        if name == "u":
            theta, phi, lam = angles
            return cirq.MatrixGate(cirq.unitary(QasmUGate(theta / math.pi, phi / math.pi, lam / math.pi)))(*on)
        if name == "cp":
            return cirq.CZPowGate(exponent=angles[0] / math.pi)(*on)
        if name == "rzz":
            return cirq.ZZPowGate(exponent=angles[0] / math.pi, global_shift=-0.5)(*on)
        raise ValueError(f"no {name}")

    circuit = cirq.Circuit(operation(*gate) for gate in request["gates"])
    circuit.append(cirq.measure(*line))
    simulator = qsimcirq.QSimSimulator(qsimcirq.QSimOptions(max_fused_gate_size=4, cpu_threads=1), seed=1)
    return lambda: simulator.run(circuit, repetitions=request["shots"])


def stim(request):
    import stim

    circuit = stim.Circuit()
    names = {"h": "H", "x": "X", "s": "S", "cx": "CX", "swap": "SWAP"}
    for name, qubits, _ in request["gates"]:
        circuit.append(names[name], qubits)
    circuit.append("M", range(request["qubits"]))
    return lambda: circuit.compile_sampler(seed=1).sample_bit_packed(request["shots"])


ENGINES = {
    "aer": aer,
    "aer, all threads": lambda request: aer(request, 0),
    "qulacs": qulacs,
    "qulacs, plain": lambda request: qulacs(request, False),
    "lightning": lightning,
    "qsim": qsim,
    "stim": stim,
}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        try:
            run = ENGINES[request["engine"]](request)
            start = time.perf_counter()
            run()
            answer = {"ms": 1000 * (time.perf_counter() - start)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
