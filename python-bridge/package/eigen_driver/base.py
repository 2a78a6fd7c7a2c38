"""The class that a driver derives from."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .types import DeviceStatus, DeviceStatusInfo, DriverCapabilities, DriverHealth, ExecutionResult, PendingJob


class BaseDriver:
    """A driver: which devices there are, and how to run a circuit on them.

    `get_devices` and `execute_circuit` have to be written; the rest has defaults. Every method may be
    `def` or `async def`. Arguments come by keyword, so keep their names. Methods that are no coroutines
    run in as many threads as the operator allows, one by default; coroutines all run in one event
    loop, and must not block it.

    Errors: raise `DriverExecutionError`, or let Python's exceptions speak: `ValueError` and `TypeError`
    become INVALID_ARGUMENT, `NotImplementedError` UNIMPLEMENTED, `TimeoutError` DEADLINE_EXCEEDED,
    `PermissionError` PERMISSION_DENIED, `ConnectionError` and other `OSError`s UNAVAILABLE,
    `MemoryError` RESOURCE_EXHAUSTED, everything else INTERNAL, its text for the log alone.
    """

    name: str = ""
    """What the driver calls itself; by default the class's name."""

    version: str = ""
    """The driver's own version."""

    def initialize(self, config: dict[str, str]) -> None:
        """Takes the operator's settings, and the secrets granted to the driver, once, before other calls."""

    def get_devices(self) -> Iterable[Any]:
        """All devices, as `DeviceInfo`, or as dicts or any objects with the same fields."""
        raise NotImplementedError("get_devices")

    def execute_circuit(
        self, device_id: str, circuit: bytes, shots: int, options: dict[str, str]
    ) -> ExecutionResult | PendingJob | tuple[Mapping[str, int], float, Mapping[str, Any]] | Mapping[str, Any]:
        """Runs a circuit and returns its counts: `ExecutionResult`, `(counts, seconds, metadata)`, or a dict.

        `circuit` is text in UTF-8 in the format that `current_call().circuit_format` names. `options`
        are the caller's; ignore those you do not know. A provider that queues jobs: submit, and return
        a `PendingJob`.
        """
        raise NotImplementedError("execute_circuit")

    def get_device_status(self, device_id: str) -> DeviceStatusInfo | DeviceStatus | int | str | Mapping[str, Any]:
        """The state of one device; by default what `get_devices` says of it."""
        raise NotImplementedError("get_device_status")

    def calibrate_device(self, device_id: str, options: dict[str, str]) -> str:
        """Calibrates a device and returns a reference of the calibration; by default UNIMPLEMENTED."""
        raise NotImplementedError("calibrate_device")

    def poll_job(self, ticket: str) -> Any:
        """The result of a `PendingJob`, or another `PendingJob`. An exception means that the job failed."""
        raise NotImplementedError("poll_job")

    def cancel_job(self, ticket: str) -> None:
        """Asks the provider to stop a job. Cancelling a finished one is no error."""
        raise NotImplementedError("cancel_job")

    def reconcile(self, execution_key: str) -> PendingJob | str | bool | None:
        """Looks for a job whose submission ended in doubt, by its idempotency token.

        Returns its `PendingJob` or ticket; False if the provider surely has no such job; None if nobody
        can tell, which is the default.
        """
        return None

    def session_key(self, device_id: str, options: dict[str, str]) -> str | None:
        """Names the session that a call uses, or None for none. Asked before each call: keep it cheap."""
        return None

    def refresh_session(self, key: str) -> None:
        """Renews a session that has grown old, before its next use."""

    def close_session(self, key: str) -> None:
        """Ends a session that nobody has used for a while, or at shutdown."""

    def capability_handshake(self) -> DriverCapabilities | Mapping[str, Any]:
        """What the driver says of itself. Asked first, before `initialize`: no outside help here."""
        return {"driver_api_version": "", "features": {}}

    def healthcheck(self) -> DriverHealth | Mapping[str, Any] | bool:
        """Whether the driver can work. Asked often: keep it cheap. By default always."""
        return True

    def shutdown(self) -> None:
        """The last call. What has to be tidied up is tidied up here: no `atexit` handler will run."""
