OPENQASM 3.0;
include "stdgates.inc";
const int n = 3;
qubit q; qubit r; angle[n] a; bit[n] o;
x r;
for int i in [0:n-1] {
  reset q; h q;
  ctrl @ pow(2 ** (n - 1 - i)) @ p(2*pi*3/8) q, r;
  a >>= 1;
  rz(-a) q;
  h q;
  o[i] = measure q;
  a[n-1] = o[i];
}

