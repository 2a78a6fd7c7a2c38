OPENQASM 3.0;
include "stdgates.inc";
def fill(mutable array[int[8], #dim=1] a) { a[1] = 5; }
def sum(readonly array[int[8], 3] a) -> int { int s1 = 0; for int i in [0:2] { s1 += a[i]; } return s1; }
array[int[8], 3] v = {1, 2, 3};
fill(v);
qubit q; bit c;
if (sum(v) == 9) x q;
c = measure q;
