"""Devices of IBM Quantum, through qiskit-ibm-runtime. Off until it is configured:

    secrets:
      ibm_key: { file: /run/secrets/ibm_key }
    drivers:
      qiskit-runtime:
        settings:
          instance: "crn:v1:bluemix:public:quantum-computing:us-east:a/…"
          backends: ibm_fez
        secrets: { api_key: ibm_key }
        egress:
          - url: https://quantum.cloud.ibm.com/
          - url: https://iam.cloud.ibm.com/

Settings: `instance`, a CRN; `backends`, with commas between them; `poll_seconds` between two looks at a job; `url` of
the service (`https://quantum.cloud.ibm.com/api/v1`) and `iam_url`, where others stand for them.

The SDK's own session, authorisation and REST calls are used, below its `SamplerV2`: that one sends a job again by
itself when an answer is lost, and the service has no token by which it would know the second for the first. Here a
job is sent once, with the execution's key as a tag. One with that tag is looked for before, and when an answer was
lost.
"""

import json
import logging
import os

import qiskit
import requests
from qiskit import QuantumCircuit, qasm3, transpile
from qiskit_ibm_runtime import __version__ as runtime_version
from qiskit_ibm_runtime.api.auth import CloudAuth
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from qiskit_ibm_runtime.api.rest.runtime import Runtime
from qiskit_ibm_runtime.api.session import RetrySession
from qiskit_ibm_runtime.exceptions import IBMNotAuthorizedError

from eigen_driver import BaseDriver, DriverExecutionError, ExecutionResult, PendingJob, current_call

log = logging.getLogger(__name__)
# Each pass of the transpiler would be a line.
logging.getLogger("qiskit").setLevel(logging.WARNING)

URL = "https://quantum.cloud.ibm.com/api/v1"
# Seconds to connect, and between two parts of an answer.
PATIENCE = (5.0, 20.0)

# The service's statuses as ours: what they say of a job is that there is none.
ERRORS = {
    400: ("INVALID_ARGUMENT", "IBM Quantum does not accept the job"),
    401: ("UNAUTHENTICATED", "IBM Quantum does not accept the API key"),
    403: ("PERMISSION_DENIED", "the IBM Quantum account may not do this"),
    404: ("NOT_FOUND", "IBM Quantum does not know the backend or job"),
    423: ("FAILED_PRECONDITION", "the backend is reserved"),
    429: ("RESOURCE_EXHAUSTED", "the IBM Quantum account has used up a limit"),
}


class QiskitRuntimeDriver(BaseDriver):
    name = "qiskit-runtime"
    version = "1.0.0"

    def initialize(self, config):
        missing = [key for key in ("instance", "backends", "api_key") if not config.get(key)]
        if missing:
            raise DriverExecutionError("FAILED_PRECONDITION", f"not configured: {', '.join(missing)}")
        if config.get("iam_url"):
            os.environ["IAM_URL"] = config["iam_url"]
        self.poll_seconds = float(config.get("poll_seconds", "5"))
        self.backends = {f"ibm:{name}": name for name in config["backends"].replace(",", " ").split()}
        self.configurations = {}
        auth = CloudAuth(config["api_key"], config["instance"])
        url = config.get("url", URL)
        self.ask = Runtime(RetrySession(url, retries_total=3, auth=auth, timeout=PATIENCE))
        self.send = Runtime(RetrySession(url, retries_total=0, retries_connect=0, auth=auth, timeout=PATIENCE))

    def get_devices(self):
        listed = self._call(self.ask.backends)["devices"]
        queues = {device["name"]: device.get("queue_length", 0) for device in listed if isinstance(device, dict)}
        return [self._device(device_id, backend, queues) for device_id, backend in self.backends.items()]

    def _device(self, device_id, backend, queues):
        configuration = self._configuration(backend)
        status = self._call(self.ask.backend(backend).status)
        properties = self._call(self.ask.backend(backend).properties)
        working = status["operational"] and status["status_msg"] in ("active", "online")
        return {
            "device_id": device_id,
            "name": backend,
            "backend_type": "simulator" if configuration.get("simulator") else "qpu",
            "status": "ONLINE" if working else "OFFLINE",
            "queue_depth": queues.get(backend, status["pending_jobs"]),
            "capabilities": {
                "provider": "IBM Quantum",
                "max_qubits": configuration["n_qubits"],
                "max_shots": configuration.get("max_shots", 100_000),
                "calibration_id": str(properties.get("last_update_date", "unknown")),
                "basis_gates_of_device": ",".join(configuration["basis_gates"]),
            },
        }

    def _configuration(self, backend):
        if backend not in self.configurations:
            self.configurations[backend] = self._call(self.ask.backend(backend).configuration)
        return self.configurations[backend]

    def execute_circuit(self, device_id, circuit, shots, options):
        backend = self.backends.get(device_id)
        if backend is None:
            raise DriverExecutionError("NOT_FOUND", f"there is no device `{device_id}`")
        key = current_call().execution_key
        # The host may have been killed after it was sent the last time.
        known = self._find(key)
        if known:
            log.info("job found: %s", known)
            return PendingJob(known, poll_after=self.poll_seconds)
        program = isa(build(json.loads(circuit)), self._configuration(backend))
        answer = self._call(
            self.send.program_run,
            submits=True,
            program_id="sampler",
            backend_name=backend,
            params={"pubs": [[program, None, shots]], "version": 2, "support_qiskit": False, "options": {}},
            job_tags=[key],
        )
        log.info("job created: %s", answer["id"])
        return PendingJob(answer["id"], poll_after=self.poll_seconds)

    def poll_job(self, ticket):
        job = self._call(self.ask.program_job(ticket).get, exclude_params=True)
        state = job.get("state", {})
        status = str(state.get("status") or job.get("status", "")).lower()
        if status == "completed":
            results = json.loads(self._call(self.ask.program_job(ticket).results))
            seconds = float(job.get("usage", {}).get("seconds", 0.0))
            versions = {"qiskit_version": qiskit.__version__, "qiskit_ibm_runtime_version": runtime_version}
            return ExecutionResult(tally(results), seconds, {"job": ticket, **versions})
        if status.startswith("cancelled"):
            code = str(state.get("reason_code") or state.get("reasonCode") or "")
            # A job that ran too long is cancelled by the service.
            said = ("DEADLINE_EXCEEDED", "it ran too long") if code == "1305" else ("ABORTED", "it was cancelled")
            raise DriverExecutionError(said[0], f"the job has ended: {said[1]}", submission="submitted", ticket=ticket)
        if status == "failed":
            log.error("job %s failed: %s", ticket, state.get("reason", ""))
            raise DriverExecutionError("INTERNAL", "the job failed at IBM", submission="submitted", ticket=ticket)
        return PendingJob(ticket, self.poll_seconds)

    def cancel_job(self, ticket):
        try:
            self._call(self.ask.program_job(ticket).cancel)
        except DriverExecutionError as error:
            if error.provider_code != "409":  # It has ended.
                raise

    def reconcile(self, execution_key):
        """Jobs carry the key as a tag. One that is not found yet may still appear: then nobody can tell."""
        found = self._find(execution_key)
        return PendingJob(found) if found else None

    def _find(self, execution_key):
        jobs = self._call(self.ask.jobs_get, limit=10, job_tags=[execution_key])["jobs"]
        # The oldest: whoever looks again finds the same.
        jobs = sorted((job for job in jobs if execution_key in job.get("tags", [])), key=lambda job: job["created"])
        return jobs[0]["id"] if jobs else None

    def _call(self, method, submits=False, **arguments):
        """A call of the service, with its errors as ours. What IBM wrote is for nobody but the SDK."""
        try:
            return method(**arguments)
        except IBMNotAuthorizedError:
            raise DriverExecutionError(*ERRORS[401], submission="not_submitted", provider_code="401") from None
        except RequestsApiError as error:
            code = error.status_code
            log.warning("IBM Quantum refused with %s", code)
            never_sent = _is_before_sending(error.__cause__)
            status, text = ERRORS.get(code, ("UNAVAILABLE", "IBM Quantum cannot do it now, or cannot be reached"))
            surely = "unknown" if submits and code not in ERRORS and not never_sent else "not_submitted"
            retry = 60 if status == "RESOURCE_EXHAUSTED" else None
            raise DriverExecutionError(
                status, text, submission=surely, retry_after=retry, provider_code=str(code)
            ) from None


def _is_before_sending(cause):
    """Whether nothing of a request can have gone out. A lost answer may come as an error of the proxy, too: there,
    only a tunnel that was refused is one."""
    if isinstance(cause, requests.exceptions.ProxyError):
        return "Tunnel connection failed" in str(cause)
    return isinstance(cause, (requests.exceptions.SSLError, requests.exceptions.ConnectTimeout))


def build(circuit):
    """AQO as a circuit of Qiskit. The classical register is `c`."""
    operations = circuit["operations"]
    bits = [bit for operation in operations if operation["op"].upper() == "MEASURE" for bit in operation["c"]]
    width = max(bits) + 1 if bits else circuit["qubits"]
    built = QuantumCircuit(circuit["qubits"])
    built.add_register(qiskit.ClassicalRegister(width, "c"))
    for index, operation in enumerate(operations):
        name, qubits = operation["op"].lower(), operation["q"]
        if name == "measure":
            built.measure(qubits, operation["c"])
        elif name == "barrier":
            built.barrier(qubits)
        elif name in ("rx", "ry", "rz"):
            getattr(built, name)(float(operation["params"]["theta"]), *qubits)
        elif name in ("x", "y", "z", "h", "s", "t", "cx", "cz", "swap", "ccx", "ccz"):
            getattr(built, name)(*qubits)
        else:
            raise NotImplementedError(f"Unsupported Op: {operation['op']} at operation[{index}]")
    if not bits:
        built.measure(range(circuit["qubits"]), range(circuit["qubits"]))
    return built


def isa(circuit, configuration):
    """In the backend's own gates and on its own qubits, as OpenQASM 3: it takes nothing else."""
    coupling = configuration.get("coupling_map")
    placed = transpile(
        circuit,
        basis_gates=[gate for gate in configuration["basis_gates"] if gate not in ("reset", "delay", "if_else")],
        coupling_map=coupling,
        initial_layout=None if coupling else list(range(circuit.num_qubits)),
        optimization_level=1,
        seed_transpiler=0,
    )
    return qasm3.dumps(placed, includes=("stdgates.inc",))


def tally(results):
    """Counts by bitstrings. A sample is a number in hex whose lowest bit is classical bit 0."""
    data = results["results"][0]["data"]["c"]
    counts = {}
    for sample in data["samples"]:
        bits = format(int(sample, 16), f"0{data['num_bits']}b")
        counts[bits] = counts.get(bits, 0) + 1
    return counts
