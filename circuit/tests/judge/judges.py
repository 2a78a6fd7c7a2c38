"""Other implementations that read OpenQASM: each gives the exact distribution of a program, or says why not.

A judge raises NotImplementedError for what it reads but cannot be asked about, and anything else for what it
refuses. Only their reading is judged by: gates come as matrices, and one small reference simulates them all.
"""

import re

import cirq
import distribution as d
import numpy as np
from braket.default_simulator.openqasm.interpreter import Interpreter
from cirq.contrib.qasm_import import circuit_from_qasm
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit import ControlFlowOp
from qiskit.circuit.classical import expr
from qiskit.quantum_info import Operator


# --- Qiskit: keeps whole registers, so its outcomes are cut to the bits that ours has.


def qiskit_load(source):
    if "OPENQASM 2" in source:
        return qasm2.loads(source, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS,
                           include_path=qasm2.LEGACY_INCLUDE_PATH)
    return qasm3.loads(source)


def holds(condition, index):
    if isinstance(condition, expr.Expr):
        raise NotImplementedError("an expression as a condition")
    target, value = condition
    bits = [index[b] for b in target] if hasattr(target, "__iter__") else [index[target]]
    return lambda b: sum(b[i] << k for k, i in enumerate(bits)) == int(value)


def walk(circuit, run, qubit, clbit, when):
    for instruction in circuit.data:
        op = instruction.operation
        q = [qubit[x] for x in instruction.qubits]
        c = [clbit[x] for x in instruction.clbits]
        if op.name == "if_else":
            inner = holds(op.condition, clbit)
            flag = len(run.branches[0][1])
            for _, b in run.branches:
                b.append(int(when(b) and inner(b)))
                b.append(int(when(b) and not inner(b)))
            for body, at in zip(op.blocks, (flag, flag + 1)):
                if body is not None:
                    walk(body, run, dict(zip(body.qubits, q)), dict(zip(body.clbits, c)), lambda b, at=at: b[at] == 1)
        elif op.name == "for_loop":
            values, parameter, body = op.params
            for value in values:
                bound = body if parameter is None else body.assign_parameters({parameter: value})
                walk(bound, run, dict(zip(bound.qubits, q)), dict(zip(bound.clbits, c)), when)
        elif isinstance(op, ControlFlowOp):
            raise NotImplementedError(op.name)
        elif op.name == "measure":
            run.measure(q[0], c[0], when)
        elif op.name == "reset":
            run.measure(q[0], None, when, reset=True)
        elif op.name not in ("barrier", "delay"):
            inner = (lambda b: True) if getattr(op, "_condition", None) is None else holds(op._condition, clbit)
            run.gate(Operator(op).data, q, lambda b, inner=inner: when(b) and inner(b))


def qiskit(source, width, mid_circuit):
    circuit = qiskit_load(source)
    run = d.Run(circuit.num_qubits, circuit.num_clbits)
    walk(circuit, run, {b: i for i, b in enumerate(circuit.qubits)}, {b: i for i, b in enumerate(circuit.clbits)},
         lambda b: True)
    if not any(i.operation.name == "measure" or isinstance(i.operation, ControlFlowOp) for i in circuit.data):
        return everything(run, circuit.num_qubits, circuit.num_clbits)
    return run.distribution(range(width))


def everything(run, qubits, clbits):
    """A circuit without a measurement measures every qubit."""
    for q in range(qubits):
        run.branches = [(v, b + [0]) for v, b in run.branches]
        run.measure(q, clbits + q)
    return run.distribution(range(clbits, clbits + qubits))


# --- Braket: OpenQASM 3 only, without includes; gates of stdgates.inc that it lacks are defined in front, by
# the definitions of the OpenQASM 3 specification (standard library). It opens included paths as files, so no
# text with an include other than the standard one gets there.

STANDARD = {
    "p": "gate p(l) a { ctrl @ gphase(l) a; }",
    "phase": "gate phase(l) a { ctrl @ gphase(l) a; }",
    "cphase": "gate cphase(l) a, b { ctrl @ ctrl @ gphase(l) a, b; }",
    "cp": "gate cp(l) a, b { ctrl @ ctrl @ gphase(l) a, b; }",
    "id": "gate id a { U(0, 0, 0) a; }",
    "sdg": "gate sdg a { inv @ s a; }",
    "tdg": "gate tdg a { inv @ t a; }",
    "sx": "gate sx a { v a; }",
    "cx": "gate cx a, b { ctrl @ x a, b; }",
    "CX": "gate CX a, b { ctrl @ x a, b; }",
    "ch": "gate ch a, b { ctrl @ h a, b; }",
    "crx": "gate crx(t) a, b { ctrl @ rx(t) a, b; }",
    "cry": "gate cry(t) a, b { ctrl @ ry(t) a, b; }",
    "crz": "gate crz(t) a, b { ctrl @ rz(t) a, b; }",
    "ccx": "gate ccx a, b, c { ctrl @ ctrl @ x a, b, c; }",
    "u1": "gate u1(l) a { U(0, 0, l) a; }",
    "u2": "gate u2(p, l) a { U(pi/2, p, l) a; }",
    "u3": "gate u3(t, p, l) a { U(t, p, l) a; }",
}
INCLUDE = re.compile(r'include\s*"stdgates.inc"\s*;')
VERSION = re.compile(r"OPENQASM\s+[\d.]+\s*;")


def braket(source, width, mid_circuit):
    if "OPENQASM 2" in source:
        raise NotImplementedError("OpenQASM 2")
    if mid_circuit:
        raise NotImplementedError("what it reads no longer says when a qubit was measured")
    text, found = INCLUDE.subn("", source)
    if "include" in text:
        raise ValueError("another file is included")
    prelude = "\n".join(STANDARD.values()) if found else ""
    text = VERSION.sub("OPENQASM 3.0;\n" + prelude, text, count=1)
    circuit = Interpreter().build_circuit(text)
    qubits = max(circuit.qubit_set, default=0) + 1
    offsets, total = {}, 0
    for register in circuit.classical_registers:
        offsets[register.order] = total
        total += register.size
    run = d.Run(qubits, total)
    for instruction in circuit.instructions:
        targets = list(instruction.targets)
        # Its matrices have the first qubit as the highest bit of the index.
        run.gate(np.asarray(instruction.matrix), targets[::-1])
    slots = circuit.measurement_slots
    if not slots:
        return everything(run, qubits, total)
    for register, element, qubit in slots:
        if register.name is None:
            raise NotImplementedError("a measurement without a place")
        run.measure(qubit, offsets[register.order] + element)
    return run.distribution(range(width))


# --- Cirq: OpenQASM 2 and a part of 3.0; it has no registers of bits, only names of measurements.

REGISTER = re.compile(r"\bcreg\s+(\w+)\s*\[\s*(\d+)\s*\]|\bbit\s*\[\s*(\d+)\s*\]\s*(\w+)|\bbit\s+(\w+)")


def cirq_offsets(source):
    offsets, total = {}, 0
    for creg, size, bits, name, single in REGISTER.findall(source):
        offsets[creg or name or single] = total
        total += int(size or bits or 1)
    return offsets, total


def cirq_judge(source, width, mid_circuit):
    circuit = circuit_from_qasm(re.sub(r"OPENQASM\s+3\s*;", "OPENQASM 3.0;", source))
    qubits = sorted(circuit.all_qubits(), key=lambda qubit: qubit_order(qubit, source))
    index = {qubit: i for i, qubit in enumerate(qubits)}
    if len(qubits) != declared_qubits(source):
        raise NotImplementedError("it forgets qubits that nothing acts on")
    offsets, total = cirq_offsets(source)
    run = d.Run(len(qubits), total)
    measured = False
    for op in circuit.all_operations():
        if isinstance(op, cirq.ClassicallyControlledOperation):
            raise NotImplementedError("a condition")
        targets = [index[qubit] for qubit in op.qubits]
        if isinstance(op.gate, cirq.MeasurementGate):
            measured = True
            register, element = cirq.measurement_key_name(op).rsplit("_", 1)
            run.measure(targets[0], offsets[register] + int(element))
        elif isinstance(op.gate, cirq.ResetChannel):
            run.measure(targets[0], None, reset=True)
        else:
            run.gate(cirq.unitary(op), targets[::-1])
    if not measured:
        return everything(run, len(qubits), total)
    return run.distribution(range(width))


QUBITS = re.compile(r"\bqreg\s+(\w+)\s*\[\s*(\d+)\s*\]|\bqubit\s*\[\s*(\d+)\s*\]\s*(\w+)|\bqubit\s+(\w+)")


def declared_qubits(source):
    return sum(int(size or bits or 1) for _, size, bits, _, _ in QUBITS.findall(source))


def qubit_order(qubit, source):
    names = [qreg or name or single for qreg, _, _, name, single in QUBITS.findall(source)]
    register, element = qubit.name.rsplit("_", 1)
    return names.index(register), int(element)


JUDGES = {"Qiskit": qiskit, "Braket": braket, "Cirq": cirq_judge}
