OPENQASM 3.0;
include "stdgates.inc";
def f(int a, float b) -> float { return a * b; }
qubit q; bit c;
rx(f(2, pi/2)) q;
c = measure q;
