OPENQASM 2.0;
include "qelib1.inc";
// first
qreg q[1];// behind
creg c[1];

	 x   q[ 0 ] ;
measure q[0]->c[0];
