OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c;
h q; cx q[0],q[1]; cy q[0],q[1]; cz q[0],q[1]; cp(0.3) q[0],q[1]; crx(0.4) q[0],q[1]; cry(0.5) q[0],q[1]; crz(0.6) q[0],q[1]; ch q[1],q[0]; swap q[0],q[1]; cu(0.1,0.2,0.3,0.4) q[0],q[1]; CX q[1],q[0]; cphase(0.5) q[0],q[1]; h q;
c = measure q;
