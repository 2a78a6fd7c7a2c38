"""IBM Quantum and IBM Cloud's IAM on this machine: `ibm.py CERTIFICATE KEY FOLDER`, over TLS, on a port that it prints.

Jobs that were created lie in FOLDER/tasks, a line each. Jobs wait while there is a file FOLDER/hold. What a job gives
is computed by Qiskit from the OpenQASM 3 that was sent, which must be on the backend's qubits and in its gates.
"""

import json
import pathlib
import re
import ssl
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import qiskit.qasm3
from qiskit.primitives import StatevectorSampler

CERTIFICATE, KEY, FOLDER = sys.argv[1:]
FOLDER = pathlib.Path(FOLDER)
BACKEND = "ibm_standin"
BASIS = ["ecr", "id", "rz", "sx", "x"]
COUPLING = [[0, 1], [1, 2], [2, 3], [3, 4]]
JOBS = {}


def run(program, shots):
    """Samples of a program in the backend's gates; whatever else is in it is refused."""
    used = set(re.findall(r"^(\w+)(?:\(.*?\))? \$", program, re.MULTILINE))
    if not used <= {*BASIS, "measure"} or "qubit[" in program:
        raise ValueError(f"not on this backend: {used}")
    # Qubits of the device as those of a register, since the simulator knows no device.
    program = re.sub(r"\$(\d+)", r"q[\1]", program).replace('include "stdgates.inc";', 'include "stdgates.inc";\nqubit[5] q;')
    circuit = qiskit.qasm3.loads(program)
    bits = StatevectorSampler(seed=7).run([circuit], shots=shots).result()[0].data.c
    numbers = [int(sample, 2) for sample in bits.get_bitstrings()]
    return {"samples": [hex(number) for number in numbers], "num_bits": bits.num_bits}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = b"" if status == 204 else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, code, text):
        self.answer(status, {"errors": [{"code": code, "message": text, "more_info": ""}], "trace": "4711"})

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/identity/token":
            given = urllib.parse.parse_qs(body.decode()).get("apikey")
            if given != [(FOLDER / "accepted").read_text()]:
                return self.answer(400, {"errorCode": "BXNIM0415E", "errorMessage": "key 4711 not found"})
            # As long-lived as the SDK's library likes it; without a signature that anybody checks.
            return self.answer(200, {"access_token": TOKEN, "refresh_token": "", "expires_in": 3600,
                                     "expiration": 4102444800, "token_type": "Bearer"})  # fmt: skip
        if self.headers.get("authorization") != f"Bearer {TOKEN}" or not self.headers.get("service-crn"):
            return self.refuse(401, 1201, "Invalid credentials 4711.")
        path = url.path.removeprefix("/api/v1")
        if path == "/backends":
            return self.answer(200, {"devices": [{"name": BACKEND, "status": {"name": "online"}, "queue_length": 7}]})
        if path == f"/backends/{BACKEND}/configuration":
            return self.answer(200, {"backend_name": BACKEND, "n_qubits": 5, "basis_gates": BASIS,
                                     "coupling_map": COUPLING, "max_shots": 100000, "simulator": False})  # fmt: skip
        if path == f"/backends/{BACKEND}/properties":
            return self.answer(200, {"backend_name": BACKEND, "last_update_date": "2026-11-27T00:00:00Z", "qubits": []})
        if path == f"/backends/{BACKEND}/status":
            return self.answer(200, {"state": True, "status": "active", "message": "", "length_queue": 7})
        if path == "/jobs" and self.command == "POST":
            return self.create(json.loads(body))
        if path == "/jobs":
            tags = urllib.parse.parse_qs(url.query).get("tags", [])
            found = [job for job, _ in JOBS.values() if set(tags) <= set(job["tags"])]
            return self.answer(200, {"jobs": found, "count": len(found)})
        job, data = JOBS.get(path.split("/")[2], (None, None))
        if job is None:
            return self.refuse(404, 1291, "no such job")
        if path.endswith("/results"):
            return self.answer(200, {"results": [{"data": {"c": data}, "metadata": {}}], "metadata": {"version": 2}})
        status = "Queued" if (FOLDER / "hold").exists() else "Completed"
        return self.answer(200, {**job, "state": {"status": status}, "status": status, "usage": {"seconds": 2}})

    def create(self, wanted):
        if (FOLDER / "quota").exists():
            return self.refuse(429, 1305, "account 4711 sends too much")
        if (FOLDER / "stranger").exists():
            return self.refuse(401, 1201, "Invalid credentials 4711.")
        [[program, _, shots]] = wanted["params"]["pubs"]
        job = {"id": f"job{len(JOBS)}", "backend": wanted["backend"], "tags": wanted["tags"],
               "created": f"2026-11-27T00:00:{len(JOBS):02}Z"}  # fmt: skip
        JOBS[job["id"]] = (job, run(program, shots))
        with open(FOLDER / "tasks", "a") as tasks:
            tasks.write(f"{job['id']}\n")
        if (FOLDER / "lose").exists():
            # The job is there, and its creator never hears of it.
            (FOLDER / "lose").unlink()
            self.close_connection = True
            return None
        return self.answer(200, {"id": job["id"], "backend": job["backend"]})

    do_GET = do_POST = do_PUT = handle_any


def token():
    """A JWT as far as its reader looks into it."""
    import base64

    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return f"{part({'alg': 'none'})}.{part({'iat': 1767225600, 'exp': 4102444800})}.{'x' * 8}"


TOKEN = token()
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
