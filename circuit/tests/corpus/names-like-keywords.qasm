// Names may begin with a keyword. Two NOTs make none, and the third bit is told from the second.
OPENQASM 3.0;
include "stdgates.inc";
qubit[2] qubits; bit[3] bits; int integer = 1; float floats = 2.0; const int constant = 0;
gate control a { x a; }
gate inverse a { x a; }
control qubits[constant]; inverse qubits[constant]; x qubits[integer];
bits[0:1] = measure qubits;
bits[2] = bits[integer];
