// The last line is a comment without an end.
OPENQASM 3.0; include "stdgates.inc"; qubit q; bit c; x q; c = measure q; // end