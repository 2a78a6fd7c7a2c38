OPENQASM 3.0;
include "stdgates.inc";
qubit q;
defcal x $0 { play(drive($0), wf); }
