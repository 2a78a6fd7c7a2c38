OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c;
for int i in [0:1] { for int j in [i+1:2] { cx q[i], q[j]; x q[j]; } }
c = measure q;
