"""Compares our reading of OpenQASM with that of other implementations: exact distributions of the corpus.

    python judge.py STEPS_BINARY [FOLDER]

prints who judged how many programs, and what differs. A program that we accept and that nobody else can judge
must say why its outcome is right: a line `by hand: …` in its `.expect` file. Where a judge is wrong the file says
so, and why: `differs from NAME: …`; such a line that no longer holds is a mistake too.
"""

import collections
import logging
import pathlib
import sys
import warnings

import distribution as d
from judges import JUDGES

# Fewer than this, and a judge has stopped judging what it judged before.
FEWEST = {"Qiskit": 100, "Braket": 40, "Cirq": 55}
CLOSE = 1e-9


def mid_circuit(lines):
    """Whether anything happens to a qubit after its measurement, or depends on one."""
    measured = set()
    for step in lines[1:]:
        if step["guard"] or step["op"] in ("classical", "reset"):
            return True
        if measured & set(step["q"]) and step["op"] != "barrier":
            return True
        if step["op"] == "measure":
            measured |= set(step["q"])
    return False


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    binary = sys.argv[1]
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent.parent / "corpus")
    judged, refused = collections.Counter(), collections.Counter()
    ours_alone, by_hand, wrong = [], 0, 0
    programs = sorted(folder.glob("*.qasm"))
    for path in programs:
        source = path.read_text()
        lines, _ = d.ours(binary, "qasm", source.encode())
        mine = d.of_steps(lines) if lines else None
        by, accepted_by = [], []
        for name, judge in JUDGES.items():
            try:
                theirs = judge(source, lines[0]["output_bits"] if lines else 1, bool(lines) and mid_circuit(lines))
            except NotImplementedError:
                continue
            except Exception:  # whatever it cannot read
                refused[name] += lines is None
                continue
            if lines is None:
                accepted_by.append(name)
                continue
            by.append(name)
            judged[name] += 1
            settled = f"differs from {name}:" in path.with_suffix(".expect").read_text()
            if settled != (d.total_variation(mine, theirs) > CLOSE):
                wrong += 1
                print(f"different: {path.name}: ours {mine}, {name} {theirs}")
        if accepted_by:
            ours_alone.append(f"{path.name} ({', '.join(accepted_by)} accepts it)")
        if lines and not by:
            by_hand += 1
            if "by hand:" not in path.with_suffix(".expect").read_text():
                wrong += 1
                print("nobody judges it, and no line `by hand: …` says why it is right:", path.name)
        print(path.name, "judged by", ", ".join(by) if by else "nobody" if lines else "its refusal")
    for program in ours_alone:
        print("refused by us:", program)
    for name in JUDGES:
        if judged[name] < FEWEST[name]:
            wrong += 1
            print(f"{name} judged {judged[name]} programs; {FEWEST[name]} are expected")
    counts = ", ".join(f"{name} {judged[name]} (refuses {refused[name]} that we refuse)" for name in JUDGES)
    print(f"{len(programs)} programs; judged by {counts}; by hand {by_hand}; {wrong} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
