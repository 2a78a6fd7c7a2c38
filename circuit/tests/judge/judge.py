"""Compares our reading of OpenQASM with Qiskit's: exact distributions of the corpus' programs.

    python judge.py STEPS_BINARY [FOLDER]

needs qiskit and qiskit-qasm3-import; prints how many programs it could judge, and which differ.
Qiskit keeps whole registers, so its outcomes are cut to the bits that ours has.
"""

import pathlib
import sys

import distribution as d
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit import ControlFlowOp
from qiskit.circuit.classical import expr
from qiskit.quantum_info import Operator


# Fewer than this, and Qiskit has stopped judging what it judged before.
FEWEST = 80


def load(source):
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


def qiskit(source, width):
    circuit = load(source)
    run = d.Run(circuit.num_qubits, circuit.num_clbits)
    walk(circuit, run, {b: i for i, b in enumerate(circuit.qubits)}, {b: i for i, b in enumerate(circuit.clbits)},
         lambda b: True)
    if not any(i.operation.name == "measure" or isinstance(i.operation, ControlFlowOp) for i in circuit.data):
        for q in range(circuit.num_qubits):
            run.branches = [(v, b + [0]) for v, b in run.branches]
            run.measure(q, circuit.num_clbits + q)
        return run.distribution(range(circuit.num_clbits, circuit.num_clbits + circuit.num_qubits))
    return run.distribution(range(width))


def main():
    binary = sys.argv[1]
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent.parent / "corpus")
    judged = different = refused_by_both = refused_by_us = refused_by_them = 0
    for path in sorted(folder.glob("*.qasm")):
        source = path.read_text()
        lines, _ = d.ours(binary, "qasm", source.encode())
        try:
            theirs = qiskit(source, lines[0]["output_bits"] if lines else 1)
        except NotImplementedError:
            continue
        except Exception:  # whatever Qiskit cannot read
            refused_by_both += lines is None
            refused_by_them += lines is not None
            continue
        if lines is None:
            refused_by_us += 1
            print("refused by us only:", path.name)
            continue
        judged += 1
        if d.total_variation(d.of_steps(lines), theirs) > 1e-9:
            different += 1
            print("different:", path.name, d.of_steps(lines), theirs)
    print(f"{judged} judged, {different} different; refused: {refused_by_both} by both, "
          f"{refused_by_us} by us only, {refused_by_them} by Qiskit only")
    sys.exit(bool(different) or judged < FEWEST)


if __name__ == "__main__":
    main()
