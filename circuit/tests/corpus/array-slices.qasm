OPENQASM 3.0;
include "stdgates.inc";
array[int[8], 4] a = {1, 2, 3, 4}; array[int[8], 2] b = a[1:2]; a[0:1] = b; array[int[8], 4] d = b ++ b;
qubit[3] q; bit[3] c;
if (a[0] == 2 && a[1] == 3) x q[0];
if (d[3] == 3) x q[1];
if (b[0] == 2) x q[2];
c = measure q;
