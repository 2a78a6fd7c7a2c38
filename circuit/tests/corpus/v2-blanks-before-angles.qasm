OPENQASM 2.0;
include "qelib1.inc";
qreg q[1]; creg c[1]; u3 (0.1 , 0.2 ,0.3 ) q[0]; rz( pi ) q[0]; measure q->c;