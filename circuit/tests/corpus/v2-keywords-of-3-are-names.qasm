OPENQASM 2.0;
include "qelib1.inc";
gate let a { h a; }
gate input(const) in, end { rx(const) in; cx in,end; }
qreg box[2]; creg switch[2];
input(pi) box[0],box[1];
measure box -> switch;
