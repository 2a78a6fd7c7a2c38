OPENQASM 2.0;
include "qelib1.inc";
gate rzx(param0) q0,q1 { h q1; cx q0,q1; rz(param0) q1; cx q0,q1; h q1; }
gate ecr q0,q1 { rzx(pi/4) q0,q1; x q0; rzx(-pi/4) q0,q1; }
gate ryy(param0) q0,q1 { rx(pi/2) q0; rx(pi/2) q1; cx q0,q1; rz(param0) q1; cx q0,q1; rx(-pi/2) q0; rx(-pi/2) q1; }
gate iswap q0,q1 { s q0; s q1; h q0; cx q0,q1; cx q1,q0; h q1; }
gate ccz q0,q1,q2 { h q2; ccx q0,q1,q2; h q2; }
gate r(param0,param1) q0 { u3(param0,param1 - pi/2,pi/2 - param1) q0; }
gate mcx q0,q1,q2,q3 { h q3; p(pi/8) q0; p(pi/8) q1; p(pi/8) q2; p(pi/8) q3; cx q0,q1; p(-pi/8) q1; cx q0,q1; h q3; }
gate gate_QFT q0,q1,q2 { h q2; cp(pi/2) q2,q1; cp(pi/4) q2,q0; h q1; cp(pi/2) q1,q0; h q0; swap q0,q2; }
gate unitary140234 q0 { u(1.5707963267948966,0,pi) q0; }
gate circuit_84_dg q0,q1 { cx q0,q1; h q0; }
qreg q[4]; creg meas[4];
ecr q[0],q[1]; ryy(0.5) q[1],q[2]; iswap q[0],q[3]; ccz q[0],q[1],q[2]; r(0.1,0.2) q[0]; mcx q[0],q[1],q[2],q[3];
gate_QFT q[0],q[1],q[2]; unitary140234 q[3]; circuit_84_dg q[1],q[3];
barrier q[0],q[1],q[2],q[3];
measure q[0] -> meas[0]; measure q[1] -> meas[1]; measure q[2] -> meas[2]; measure q[3] -> meas[3];
