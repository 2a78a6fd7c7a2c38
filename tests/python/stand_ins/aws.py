"""Amazon Braket and S3 on this machine: `aws.py CERTIFICATE KEY FOLDER`, over TLS, on a port that it prints.

What is asked lies in FOLDER/requests, a line each. Tasks wait while there is a file FOLDER/hold. What a task gives is
computed by Braket's own local simulator.
"""

import datetime
import json
import pathlib
import re
import ssl
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from braket.devices import LocalSimulator
from braket.ir.openqasm import Program

CERTIFICATE, KEY, FOLDER = sys.argv[1:]
FOLDER = pathlib.Path(FOLDER)
ARN = "arn:aws:braket:::device/quantum-simulator/amazon/sv1"
KNOWN = "AKIDSTANDIN"
LOCK = threading.Lock()
TASKS, BY_TOKEN, RESULTS = {}, {}, {}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def run(arn, task, source):
    result = LocalSimulator().run(Program(source=source), shots=task["shots"]).result()
    RESULTS[f"/{task['outputS3Bucket']}/{task['outputS3Directory']}/results.json"] = {
        "braketSchemaHeader": {"name": "braket.task_result.gate_model_task_result", "version": "1"},
        "measurements": result.measurements.tolist(),
        "measuredQubits": result.measured_qubits,
        "taskMetadata": {"id": arn, "shots": task["shots"], "deviceId": ARN},
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, error=None):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        if error:
            self.send_header("x-amzn-errortype", error)
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = urllib.parse.unquote(self.path.split("?")[0])
        with LOCK, open(FOLDER / "requests", "a") as requests:
            requests.write(f"{self.command} {path}\n")
        signed = re.match(r"AWS4-HMAC-SHA256 Credential=(\w+)/\d{8}/us-east-1/(braket|s3)/", self.headers["authorization"])
        if not signed or signed[1] != KNOWN:
            return self.answer(403, {"message": "The security token 4711 is invalid"}, "UnrecognizedClientException")
        if path in RESULTS:
            return self.answer(200, RESULTS[path])
        if path == f"/device/{ARN}":
            return self.answer(200, {
                "deviceArn": ARN, "deviceName": "SV1", "providerName": "Amazon Braket", "deviceType": "SIMULATOR",
                "deviceStatus": "ONLINE",
                "deviceQueueInfo": [{"queue": "QUANTUM_TASKS_QUEUE", "queueSize": ">7", "queuePriority": "Normal"}],
                "deviceCapabilities": json.dumps({
                    "paradigm": {"qubitCount": 34},
                    "service": {"shotsRange": [1, 100000]},
                    "action": {"braket.ir.openqasm.program": {"supportedOperations": [
                        "h", "x", "y", "z", "s", "t", "rx", "ry", "rz", "cnot", "cz", "swap", "ccnot"]}},
                }),
            })  # fmt: skip
        if path == "/quantum-task" and self.command == "POST":
            return self.create(json.loads(body))
        if path.startswith("/quantum-task/"):
            arn = path.removeprefix("/quantum-task/")
            task = dict(TASKS[arn])
            task["status"] = "QUEUED" if (FOLDER / "hold").exists() else "COMPLETED"
            if task["status"] == "QUEUED":
                task["queueInfo"] = {"queue": "QUANTUM_TASKS_QUEUE", "position": "3"}
            else:
                task["endedAt"] = now()
            return self.answer(200, task)
        if path == "/quantum-tasks":
            return self.answer(200, {"quantumTasks": [{**task, "status": "QUEUED"} for task in TASKS.values()]})
        return self.answer(404, {"message": path}, "ResourceNotFoundException")

    def create(self, wanted):
        if (FOLDER / "quota").exists():
            return self.answer(402, {"message": "account 4711 is over its quota"}, "ServiceQuotaExceededException")
        if (FOLDER / "stranger").exists():
            return self.answer(403, {"message": "The security token 4711 is invalid"}, "UnrecognizedClientException")
        token = wanted["clientToken"]
        with LOCK:
            known = BY_TOKEN.get(token)
            if known is None:
                known = f"arn:aws:braket:us-east-1:000000000000:quantum-task/{len(TASKS)}"
                task = {
                    "quantumTaskArn": known, "deviceArn": wanted["deviceArn"], "deviceParameters": "{}",
                    "shots": wanted["shots"], "outputS3Bucket": wanted["outputS3Bucket"], "createdAt": now(),
                    "outputS3Directory": f"{wanted['outputS3KeyPrefix']}/{len(TASKS)}", "tags": wanted["tags"],
                }  # fmt: skip
                run(known, task, json.loads(wanted["action"])["source"])
                BY_TOKEN[token], TASKS[known] = known, task
                with open(FOLDER / "tasks", "a") as tasks:
                    tasks.write(f"{known}\n")
        if (FOLDER / "lose").exists():
            # The task is there, and its creator never hears of it.
            (FOLDER / "lose").unlink()
            self.close_connection = True
            return None
        return self.answer(201, {"quantumTaskArn": known})

    do_GET = do_POST = do_PUT = handle_any


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
