OPENQASM 3.0;
include "stdgates.inc";
qubit q; bit c;
h q; p(0.1) q; s q; t q; sdg q; tdg q; sx q; rx(0.2) q; ry(0.3) q; rz(0.4) q; U(0.1,0.2,0.3) q; u1(0.1) q; u2(0.1,0.2) q; u3(0.1,0.2,0.3) q; phase(0.4) q; id q; x q; y q; z q; h q;
c = measure q;
