OPENQASM 3.0;
include "stdgates.inc";
pragma vendor.something on {
#pragma other
@annotated.name with words (
qubit q;
bit c;
@reversible
x q;
c = measure q;
