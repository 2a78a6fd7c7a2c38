"""Devices of Amazon Braket, through boto3. Off until it is configured:

    secrets:
      aws_id: { file: /run/secrets/aws_id }
      aws_key: { file: /run/secrets/aws_key }
    drivers:
      braket-aws:
        settings:
          region: us-east-1
          bucket: amazon-braket-eigen
          devices: arn:aws:braket:::device/quantum-simulator/amazon/sv1
        secrets: { aws_access_key_id: aws_id, aws_secret_access_key: aws_key }
        egress:
          - url: https://braket.us-east-1.amazonaws.com/
          - url: https://amazon-braket-eigen.s3.us-east-1.amazonaws.com/

Settings: `region`; `bucket` and `prefix` of the results; `devices`, ARNs with commas between them; `poll_seconds`
between two looks at a task; `endpoint_url` and `s3_endpoint_url` where a private endpoint stands for the service.
A secret `aws_session_token` belongs to temporary keys.

A task is created with the execution's key as its client token: Braket answers a second creation with the first
task, so that nothing is paid for twice, whoever asks again after whatever went wrong.
"""

import json
import logging
import time

import boto3
import botocore.exceptions
from botocore.config import Config

from eigen_driver import BaseDriver, DriverExecutionError, ExecutionResult, PendingJob, current_call

log = logging.getLogger(__name__)

PROGRAM = "braket.ir.openqasm.program"
KEY_TAG = "eigen-execution-key"

# AQO's operations as Braket names them.
GATES = {
    "RX": "rx", "RY": "ry", "RZ": "rz", "X": "x", "Y": "y", "Z": "z", "H": "h", "S": "s", "T": "t",
    "CX": "cnot", "CZ": "cz", "SWAP": "swap", "CCX": "ccnot",
}  # fmt: skip

# The service's errors as statuses: what they say of the task is that there is none.
ERRORS = {
    "UnrecognizedClientException": ("UNAUTHENTICATED", "AWS does not know the access key"),
    "InvalidClientTokenId": ("UNAUTHENTICATED", "AWS does not know the access key"),
    "InvalidAccessKeyId": ("UNAUTHENTICATED", "AWS does not know the access key"),
    "InvalidSignatureException": ("UNAUTHENTICATED", "AWS does not accept the signature of the secret key"),
    "SignatureDoesNotMatch": ("UNAUTHENTICATED", "AWS does not accept the signature of the secret key"),
    "ExpiredTokenException": ("UNAUTHENTICATED", "the session token has expired"),
    "AccessDeniedException": ("PERMISSION_DENIED", "the AWS account may not do this"),
    "AccessDenied": ("PERMISSION_DENIED", "the AWS account may not do this"),
    "ServiceQuotaExceededException": ("RESOURCE_EXHAUSTED", "a quota of the AWS account is used up"),
    "ThrottlingException": ("RESOURCE_EXHAUSTED", "AWS is asked too often"),
    "ValidationException": ("INVALID_ARGUMENT", "Braket does not accept the task"),
    "ResourceNotFoundException": ("NOT_FOUND", "Braket does not know the device or task"),
    "DeviceOfflineException": ("FAILED_PRECONDITION", "the device is offline"),
    "DeviceRetiredException": ("FAILED_PRECONDITION", "the device is retired"),
}


class BraketAwsDriver(BaseDriver):
    name = "braket-aws"
    version = "1.0.0"

    def initialize(self, config):
        missing = [key for key in ("region", "bucket", "devices") if not config.get(key)]
        missing += [key for key in ("aws_access_key_id", "aws_secret_access_key") if not config.get(key)]
        if missing:
            raise DriverExecutionError("FAILED_PRECONDITION", f"not configured: {', '.join(missing)}")
        self.bucket = config["bucket"]
        self.prefix = config.get("prefix", "eigen")
        self.poll_seconds = float(config.get("poll_seconds", "2"))
        self.arns = {f"braket:{arn.rsplit('/', 1)[-1]}": arn for arn in config["devices"].replace(",", " ").split()}
        session = boto3.Session(
            aws_access_key_id=config["aws_access_key_id"],
            aws_secret_access_key=config["aws_secret_access_key"],
            aws_session_token=config.get("aws_session_token"),
            region_name=config["region"],
        )
        patience = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 3, "mode": "standard"})
        self.braket = session.client("braket", endpoint_url=config.get("endpoint_url"), config=patience)
        # Only the service itself has a name for each bucket.
        style = Config(s3={"addressing_style": "path" if config.get("s3_endpoint_url") else "virtual"})
        self.s3 = session.client("s3", endpoint_url=config.get("s3_endpoint_url"), config=patience.merge(style))

    def get_devices(self):
        return [self._device(device_id, arn) for device_id, arn in self.arns.items()]

    def _device(self, device_id, arn):
        found = self._ask(self.braket.get_device, deviceArn=arn)
        capabilities = json.loads(found["deviceCapabilities"])
        action = capabilities.get("action", {}).get(PROGRAM, {})
        known = {name.lower() for name in action.get("supportedOperations") or GATES.values()}
        gates = [ours for ours, theirs in GATES.items() if theirs in known]
        shots = capabilities.get("service", {}).get("shotsRange", [1, 1000])
        return {
            "device_id": device_id,
            "name": found["deviceName"],
            "backend_type": found["deviceType"].lower(),
            "status": "ONLINE" if found["deviceStatus"] == "ONLINE" else "OFFLINE",
            "queue_depth": _queue(found),
            "capabilities": {
                "provider": found["providerName"],
                "max_qubits": capabilities["paradigm"]["qubitCount"],
                "max_shots": shots[1],
                "gates": ",".join([*gates, "MEASURE"]),
                "device_arn": arn,
            },
        }

    def execute_circuit(self, device_id, circuit, shots, options):
        arn = self.arns.get(device_id)
        if arn is None:
            raise DriverExecutionError("NOT_FOUND", f"there is no device `{device_id}`")
        call = current_call()
        action = {"braketSchemaHeader": {"name": PROGRAM, "version": "1"}, "source": program(json.loads(circuit))}
        created = self._ask(
            self.braket.create_quantum_task,
            submits=True,
            # 64 characters, which is as long as a token may be.
            clientToken=call.execution_key,
            deviceArn=arn,
            deviceParameters="{}",
            shots=shots,
            outputS3Bucket=self.bucket,
            outputS3KeyPrefix=self.prefix,
            action=json.dumps(action),
            tags={KEY_TAG: call.execution_key},
        )
        log.info("task created: %s", created["quantumTaskArn"])
        return PendingJob(created["quantumTaskArn"], poll_after=self.poll_seconds)

    def poll_job(self, ticket):
        task = self._ask(self.braket.get_quantum_task, quantumTaskArn=ticket, additionalAttributeNames=["QueueInfo"])
        status = task["status"]
        if status == "COMPLETED":
            return self._result(task)
        if status in ("CANCELLED", "CANCELLING"):
            raise DriverExecutionError("ABORTED", "the task was cancelled", submission="submitted", ticket=ticket)
        if status == "FAILED":
            log.error("task %s failed: %s", ticket, task.get("failureReason", ""))
            raise DriverExecutionError("INTERNAL", "the task failed at Braket", submission="submitted", ticket=ticket)
        position = task.get("queueInfo", {}).get("position", "")
        return PendingJob(ticket, self.poll_seconds, int(position) if position.isdigit() else None)

    def _result(self, task):
        key = f"{task['outputS3Directory']}/results.json"
        body = self._ask(self.s3.get_object, Bucket=task["outputS3Bucket"], Key=key)["Body"].read()
        counts = tally(json.loads(body), task["shots"])
        seconds = max(0.0, (task["endedAt"] - task["createdAt"]).total_seconds()) if "endedAt" in task else 0.0
        return ExecutionResult(counts, seconds, {"task_arn": task["quantumTaskArn"], "boto3_version": boto3.__version__})

    def cancel_job(self, ticket):
        try:
            self._ask(self.braket.cancel_quantum_task, quantumTaskArn=ticket, clientToken=ticket[-64:])
        except DriverExecutionError as error:
            if error.provider_code != "ConflictException":  # It has ended.
                raise

    def reconcile(self, execution_key):
        """Tasks carry the key as a tag. One that is not found yet may still appear: then nobody can tell."""
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86_400))
        filters = [{"name": "createdAt", "operator": "GTE", "values": [since]}]
        pages = self.braket.get_paginator("search_quantum_tasks").paginate(
            filters=filters, PaginationConfig={"MaxItems": 1000, "PageSize": 100}
        )
        for page in self._ask(lambda: list(pages)):
            for task in page["quantumTasks"]:
                if task.get("tags", {}).get(KEY_TAG) == execution_key:
                    return PendingJob(task["quantumTaskArn"])
        return None

    def _ask(self, method, submits=False, **arguments):
        """A call of a service, with its errors as ours. What AWS wrote is for the operator's log."""
        try:
            return method(**arguments)
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"].get("Code", "")
            log.warning("AWS refused with %s", code)
            status, text = ERRORS.get(code, ("UNAVAILABLE", "AWS cannot do it now"))
            surely = "unknown" if submits and code not in ERRORS else "not_submitted"
            retry = 5 if status == "RESOURCE_EXHAUSTED" else None
            raise DriverExecutionError(
                status, text, submission=surely, retry_after=retry, provider_code=code
            ) from None
        except (botocore.exceptions.ProxyConnectionError, botocore.exceptions.EndpointConnectionError,
                botocore.exceptions.ConnectTimeoutError, botocore.exceptions.SSLError) as error:  # fmt: skip
            log.warning("no connection to AWS: %s", type(error).__name__)
            text = "AWS cannot be reached; the operator's rules may not name it"
            raise DriverExecutionError("UNAVAILABLE", text, submission="not_submitted") from None
        except botocore.exceptions.BotoCoreError as error:
            log.warning("the exchange with AWS failed: %s", type(error).__name__)
            surely = "unknown" if submits else "not_submitted"
            raise DriverExecutionError("UNAVAILABLE", "the exchange with AWS failed", submission=surely) from None


def _queue(device):
    """The length of the queue of normal priority, as far as it is said: `>4000` is at least 4000."""
    for queue in device.get("deviceQueueInfo", []):
        if queue.get("queue") == "QUANTUM_TASKS_QUEUE" and queue.get("queuePriority", "Normal") == "Normal":
            return int(queue["queueSize"].lstrip(">") or 0)
    return 0


def program(circuit):
    """AQO as the OpenQASM 3 of Braket.

    Qubits are renamed so that the one measured into classical bit k is qubit k: a result can then be read without
    the circuit, by whoever finds the task.
    """
    measured = {}
    lines = []
    for index, operation in enumerate(circuit["operations"]):
        name = operation["op"].upper()
        if name == "MEASURE":
            measured.update(zip(operation["c"], operation["q"]))
            continue
        if name == "BARRIER":
            continue
        if name not in GATES:
            raise NotImplementedError(f"Unsupported Op: {name} at operation[{index}]")
        theta = operation.get("params", {}).get("theta")
        lines.append((GATES[name], theta, operation["q"]))
    if not measured:
        measured = {qubit: qubit for qubit in range(circuit["qubits"])}
    if len(set(measured.values())) != len(measured):
        raise NotImplementedError("Braket measures a qubit once: this circuit measures one into several bits")
    place = {qubit: bit for bit, qubit in measured.items()}
    free = (number for number in range(circuit["qubits"] + max(measured) + 1) if number not in measured)
    for qubit in range(circuit["qubits"]):
        if qubit not in place:
            place[qubit] = next(free)
    width = max(measured) + 1
    text = ["OPENQASM 3.0;", f"bit[{width}] b;", f"qubit[{max(place.values()) + 1}] q;"]
    for gate, theta, qubits in lines:
        angle = "" if theta is None else f"({float(theta)!r})"
        text.append(f"{gate}{angle} {', '.join(f'q[{place[qubit]}]' for qubit in qubits)};")
    text += [f"b[{bit}] = measure q[{bit}];" for bit in sorted(measured)]
    return "\n".join(text)


def tally(result, shots):
    """Counts by bitstrings, the highest classical bit first. Columns are qubits in the order of `measuredQubits`."""
    qubits = result["measuredQubits"]
    width = max(qubits) + 1
    counts = {}

    def add(bits, times):
        word = ["0"] * width
        for qubit, bit in zip(qubits, bits):
            word[width - 1 - qubit] = str(bit)
        counts["".join(word)] = counts.get("".join(word), 0) + times

    if result.get("measurements"):
        for row in result["measurements"]:
            add(row, 1)
        return counts
    # Devices that answer with shares of all shots: rounded so that they add up again.
    shares = {bits: share * shots for bits, share in result["measurementProbabilities"].items()}
    whole = {bits: int(share) for bits, share in shares.items()}
    rest = sorted(shares, key=lambda bits: whole[bits] - shares[bits])[: shots - sum(whole.values())]
    for bits, times in whole.items():
        if times + (bits in rest):
            add(bits, times + (bits in rest))
    return counts
