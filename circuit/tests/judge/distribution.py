"""Exact distributions of programs given as steps, and of Qiskit circuits: a small dense reference.

Branches over measurement outcomes are followed exactly; a state is (vector, bits) with a weight.
"""

import json
import math
import subprocess

import numpy as np

P = lambda t: np.array([[1, 0], [0, np.exp(1j * t)]])
X = np.array([[0, 1], [1, 0]], complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.array([[1, 0], [0, -1]], complex)
H = np.array([[1, 1], [1, -1]]) / math.sqrt(2)
SX = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2


def rot(pauli, t):
    return math.cos(t / 2) * np.eye(len(pauli)) - 1j * math.sin(t / 2) * pauli


def u(t, p, l):
    c, s = math.cos(t / 2), math.sin(t / 2)
    return np.array([[c, -np.exp(1j * l) * s], [np.exp(1j * p) * s, np.exp(1j * (p + l)) * c]])


def pair(a, b):
    """a on the first qubit (low index bit), b on the second."""
    return np.kron(b, a)


def controlled(m):
    n = len(m)
    out = np.eye(2 * n, dtype=complex)
    out[1::2, 1::2] = m
    return out


def matrix(name, a):
    one = {
        "id": lambda: np.eye(2), "x": lambda: X, "y": lambda: Y, "z": lambda: Z, "h": lambda: H,
        "s": lambda: P(math.pi / 2), "sdg": lambda: P(-math.pi / 2), "t": lambda: P(math.pi / 4),
        "tdg": lambda: P(-math.pi / 4), "sx": lambda: SX, "sxdg": lambda: SX.conj().T,
        "rx": lambda: rot(X, a[0]), "ry": lambda: rot(Y, a[0]), "rz": lambda: rot(Z, a[0]),
        "p": lambda: P(a[0]), "u": lambda: u(*a),
        "prx": lambda: rot(math.cos(a[1]) * X + math.sin(a[1]) * Y, a[0]),
        "swap": lambda: np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], complex),
        "iswap": lambda: np.array([[1, 0, 0, 0], [0, 0, 1j, 0], [0, 1j, 0, 0], [0, 0, 0, 1]], complex),
        "ecr": lambda: (pair(np.eye(2), X) - pair(X, Y)) / math.sqrt(2),
        "rxx": lambda: rot(pair(X, X), a[0]), "ryy": lambda: rot(pair(Y, Y), a[0]),
        "rzz": lambda: rot(pair(Z, Z), a[0]), "rzx": lambda: rot(pair(Z, X), a[0]),
        "cu": lambda: controlled(np.exp(1j * a[3]) * u(*a[:3])),
        "ccx": lambda: controlled(controlled(X)), "ccz": lambda: controlled(controlled(Z)),
    }
    if name in one:
        return one[name]()
    if name == "cswap":
        return controlled(matrix("swap", a))
    if name.startswith("c"):
        return controlled(matrix(name[1:], a))
    raise KeyError(name)


def apply(vector, m, qubits, n):
    k = len(qubits)
    tensor = vector.reshape([2] * n)
    axes = [n - 1 - q for q in reversed(qubits)]
    tensor = np.tensordot(m.reshape([2] * (2 * k)), tensor, axes=(range(k, 2 * k), axes))
    return np.moveaxis(tensor, range(k), axes).reshape(-1)


def project(vector, qubit, value, n):
    tensor = vector.reshape([2] * n).copy()
    index = [slice(None)] * n
    index[n - 1 - qubit] = 1 - value
    tensor[tuple(index)] = 0
    return tensor.reshape(-1)


class Run:
    """Branches of a program: the unnormalised state of each, by its classical bits."""

    def __init__(self, qubits, clbits):
        self.n = qubits
        start = np.zeros(2**qubits, complex)
        start[0] = 1
        self.branches = [(start, [0] * clbits)]

    def gate(self, m, qubits, when=lambda bits: True):
        self.branches = [(apply(v, m, qubits, self.n) if when(b) else v, b) for v, b in self.branches]

    def measure(self, qubit, clbit, when=lambda bits: True, reset=False):
        out = []
        for v, b in self.branches:
            if not when(b):
                out.append((v, b))
                continue
            for value in (0, 1):
                w = project(v, qubit, value, self.n)
                if np.vdot(w, w).real < 1e-12:
                    continue
                c = list(b)
                if clbit is not None:
                    c[clbit] = value
                if reset and value:
                    w = apply(w, X, [qubit], self.n)
                out.append((w, c))
        merged = {}
        # Branches with the same bits and parallel states add up; others stay apart.
        for v, b in out:
            for w in merged.setdefault(tuple(b), []):
                nv, nw = np.vdot(v, v).real, np.vdot(w, w).real
                if abs(abs(np.vdot(v, w)) ** 2 - nv * nw) < 1e-12 * nv * nw:
                    w *= math.sqrt((nv + nw) / nw)
                    break
            else:
                merged[tuple(b)].append(v.copy())
        self.branches = [(v, list(b)) for b, vs in merged.items() for v in vs]

    def classical(self, change, when=lambda bits: True):
        for _, b in self.branches:
            if when(b):
                change(b)

    def distribution(self, bits):
        out = {}
        for v, b in self.branches:
            key = "".join(str(b[i]) for i in reversed(bits))
            out[key] = out.get(key, 0) + np.vdot(v, v).real
        return {k: p for k, p in out.items() if p > 1e-9}


def of_steps(lines):
    head, steps = lines[0], lines[1:]
    run = Run(head["qubits"], head["clbits"])
    controls = []
    for step in steps:
        guard = step["guard"]
        when = (lambda b: True) if guard is None else (lambda b, g=guard: b[g[0]] == int(g[1]))
        op, q, a, c = step["op"], step["q"], step["angles"], step["bits"]
        if op == "control":
            controls.append((q[0], c[0]))
        elif op == "measure":
            run.measure(q[0], c[0], when)
        elif op == "reset":
            run.measure(q[0], None, when, reset=True)
        elif op == "barrier":
            pass
        elif op == "classical":
            kind, dst, rest = c[0], c[1], c[2:]
            run.classical({
                0: lambda b: b.__setitem__(dst, rest[0]),
                1: lambda b: b.__setitem__(dst, b[rest[0]]),
                2: lambda b: b.__setitem__(dst, 1 - b[rest[0]]),
                3: lambda b: b.__setitem__(dst, b[rest[0]] & b[rest[1]]),
                4: lambda b: b.__setitem__(dst, b[rest[0]] | b[rest[1]]),
                5: lambda b: b.__setitem__(dst, b[rest[0]] ^ b[rest[1]]),
            }[kind], when)
        else:
            m = matrix(op, a)
            flips = [qubit for qubit, on in controls if not on]
            for qubit, _ in reversed(controls):
                m = controlled(m)
            for qubit in flips:
                run.gate(X, [qubit])
            run.gate(m, [qubit for qubit, _ in controls] + q, when)
            for qubit in flips:
                run.gate(X, [qubit])
            controls = []
    return run.distribution(range(head["output_bits"]))


def ours(binary, form, payload):
    done = subprocess.run([binary, form], input=payload, capture_output=True)
    if done.returncode:
        return None, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().splitlines()], done.stderr.decode()


def total_variation(a, b):
    return sum(abs(a.get(k, 0) - b.get(k, 0)) for k in a.keys() | b.keys()) / 2
