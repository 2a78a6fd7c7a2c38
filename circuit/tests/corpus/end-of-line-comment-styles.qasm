OPENQASM 3.0;
include "stdgates.inc";
/* block
 comment */ qubit q; // line
bit c; /* x q; */ x q;
c = measure q;
