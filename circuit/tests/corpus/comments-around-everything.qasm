// leading
/* multi
   line */ OPENQASM 3.0; // trailing
include "stdgates.inc"; /* a */ qubit /* b */ q /* c */ ; bit c;
x q; // no newline at end
c = measure q; //