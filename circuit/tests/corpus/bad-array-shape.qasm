OPENQASM 3.0;
include "stdgates.inc";
array[int, 2] a = {1, 2, 3};
qubit q;
