"""Compares exact distributions of the standard families of circuits, as Qiskit's own exporters write them.

    python families.py STEPS_BINARY

Each circuit is made with Qiskit, written as OpenQASM 2 and 3, read by us, and simulated on both sides.
"""

import math
import random
import sys

import distribution as d
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

TOLERANCE = 1e-9


def ghz(n):
    circuit = QuantumCircuit(n)
    circuit.h(0)
    for q in range(n - 1):
        circuit.cx(q, q + 1)
    return circuit


def fourier(n, inverse=False):
    circuit = QuantumCircuit(n, name="fourier")
    for q in reversed(range(n)):
        circuit.h(q)
        for lower in range(q):
            circuit.cp(math.pi / 2 ** (q - lower), lower, q)
    for q in range(n // 2):
        circuit.swap(q, n - 1 - q)
    return circuit.inverse() if inverse else circuit


def qft(n):
    circuit = QuantumCircuit(n)
    circuit.x(range(0, n, 2))
    return circuit.compose(fourier(n))


def phase_estimation(n):
    circuit = QuantumCircuit(n)
    circuit.x(n - 1)
    circuit.h(range(n - 1))
    for q in range(n - 1):
        circuit.cp(2 * math.pi * 0.3 * 2 ** q, q, n - 1)
    return circuit.compose(fourier(n - 1, inverse=True), range(n - 1))


def grover(n):
    circuit = QuantumCircuit(n)
    circuit.h(range(n))
    for _ in range(2):
        circuit.h(n - 1)
        circuit.mcx(list(range(n - 1)), n - 1)
        circuit.h(n - 1)
        circuit.h(range(n))
        circuit.x(range(n))
        circuit.h(n - 1)
        circuit.mcx(list(range(n - 1)), n - 1)
        circuit.h(n - 1)
        circuit.x(range(n))
        circuit.h(range(n))
    return circuit


def qaoa(n):
    circuit = QuantumCircuit(n)
    circuit.h(range(n))
    for layer in range(2):
        for q in range(n):
            if n > 2 or q == 0:
                circuit.rzz(0.4 + layer, q, (q + 1) % n)
        circuit.rx(0.7 - layer / 3, range(n))
    return circuit


def ansatz(n):
    chance = random.Random(n)
    circuit = QuantumCircuit(n)
    for _ in range(3):
        for q in range(n):
            circuit.ry(chance.uniform(-7, 7), q)
            circuit.rz(chance.uniform(-7, 7), q)
        for q in range(n - 1):
            circuit.cx(q, q + 1)
    return circuit


def w_state(n):
    circuit = QuantumCircuit(n)
    circuit.x(0)
    for q in range(n - 1):
        circuit.cry(2 * math.acos(math.sqrt(1 / (n - q))), q, q + 1)
        circuit.cx(q + 1, q)
    return circuit


def bernstein_vazirani(n):
    circuit = QuantumCircuit(n)
    circuit.x(n - 1)
    circuit.h(range(n))
    for q in range(0, n - 1, 2):
        circuit.cx(q, n - 1)
    circuit.h(range(n))
    return circuit


def chance(n):
    return random_circuit(n, 3 * n, max_operands=3, seed=n)


FAMILIES = [ghz, qft, phase_estimation, grover, qaoa, ansatz, w_state, bernstein_vazirani, chance]


def main():
    binary = sys.argv[1]
    judged = different = inexpressible = 0
    for family in FAMILIES:
        for n in (2, 3, 5, 8):
            circuit = family(n)
            theirs = {bits: p for bits, p in Statevector(circuit).probabilities_dict().items() if p > 0}
            measured = circuit.copy()
            measured.measure_all()
            for version, write in (("2", qasm2.dumps), ("3", qasm3.dumps)):
                try:
                    text = write(measured)
                except Exception:  # a gate that the exporter does not write
                    inexpressible += 1
                    continue
                lines, said = d.ours(binary, "qasm", text.encode())
                judged += 1
                if lines is None or d.total_variation(d.of_steps(lines), theirs) > TOLERANCE:
                    different += 1
                    print(f"different: {family.__name__} of {n} qubits in OpenQASM {version}: {said}")
    print(f"{judged} programs of {len(FAMILIES)} families judged, {different} different, "
          f"{inexpressible} that the exporter does not write")
    sys.exit(bool(different) or judged < 60)


if __name__ == "__main__":
    main()
