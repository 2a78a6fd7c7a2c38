OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; bit[2] a; bit[2] b; bit[3] o;
h q; a = measure q[0:1]; b = measure q[2:3];
uint[2] u1a = uint[2](a); uint[2] u2a = uint[2](b);
if (u1a < u2a) o[0] = 1;
if (u1a == u2a) o[1] = 1;
if (u1a >= u2a) o[2] = 1;
