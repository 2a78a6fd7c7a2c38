"""What a driver's methods return: plain records, compared and shown by their fields.

They are written out instead of being dataclasses: importing those costs a worker a tenth of its
start-up.
"""

from __future__ import annotations

from enum import IntEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class DeviceStatus(IntEnum):
    """What a device can be asked to do right now. The numbers are the Kernel's."""

    UNSPECIFIED = 0
    ONLINE = 1
    OFFLINE = 2
    CALIBRATING = 3
    MAINTENANCE = 4
    ERROR_STATUS = 5
    ERROR = 5


class Record:
    """Shown and compared by its fields, which are its slots."""

    __slots__: tuple[str, ...] = ()
    __hash__ = None  # type: ignore[assignment]

    def _fields(self) -> list[tuple[str, object]]:
        return [(name, getattr(self, name)) for name in self.__slots__]

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self._fields() == other._fields()

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._fields())
        return f"{type(self).__name__}({fields})"


class DeviceInfo(Record):
    """A device as the listing shows it.

    `device_id` is unique in the whole system; `vendor:device` is the custom. `queue_depth` counts the
    jobs in front of a new one, `estimated_wait_sec` is in seconds. A `capabilities` value that is no
    text is passed on as JSON.
    """

    __slots__ = (
        "device_id", "name", "backend_type", "status", "queue_depth", "estimated_wait_sec", "capabilities",
    )

    def __init__(
        self,
        device_id: str,
        name: str = "",
        backend_type: str = "simulator",
        status: DeviceStatus | int | str = DeviceStatus.ONLINE,
        queue_depth: int = 0,
        estimated_wait_sec: int | None = None,
        capabilities: Mapping[str, Any] | None = None,
    ) -> None:
        self.device_id = device_id
        self.name = name
        self.backend_type = backend_type
        self.status = status
        self.queue_depth = queue_depth
        self.estimated_wait_sec = estimated_wait_sec
        self.capabilities = {} if capabilities is None else capabilities


class DeviceStatusInfo(Record):
    """The state of one device: what it can be asked to do, and how long one would wait (seconds)."""

    __slots__ = ("status", "queue_depth", "estimated_wait_sec", "metadata")

    def __init__(
        self,
        status: DeviceStatus | int | str = DeviceStatus.ONLINE,
        queue_depth: int = 0,
        estimated_wait_sec: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.queue_depth = queue_depth
        self.estimated_wait_sec = estimated_wait_sec
        self.metadata = {} if metadata is None else metadata


class DriverCapabilities(Record):
    """What a driver says of itself: the version of the driver interface, and features by name."""

    __slots__ = ("driver_api_version", "features")

    def __init__(self, driver_api_version: str = "", features: Mapping[str, Any] | None = None) -> None:
        self.driver_api_version = driver_api_version
        self.features = {} if features is None else features


class DriverHealth(Record):
    """Whether the driver can work, and if not, why."""

    __slots__ = ("ready", "reason", "details")

    def __init__(self, ready: bool = True, reason: str = "", details: Mapping[str, Any] | None = None) -> None:
        self.ready = ready
        self.reason = reason
        self.details = {} if details is None else details


class ExecutionResult(Record):
    """The result of a circuit.

    `counts` maps bitstrings to how often they were measured. The leftmost character is the highest
    classical bit, and the counts add up to the shots. `execution_time_sec` is the device's time in
    seconds. `expectations` maps names of observables to exact values, where the device gives them.
    """

    __slots__ = ("counts", "execution_time_sec", "metadata", "expectations")

    def __init__(
        self,
        counts: Mapping[str, int],
        execution_time_sec: float = 0.0,
        metadata: Mapping[str, Any] | None = None,
        expectations: Mapping[str, float] | None = None,
    ) -> None:
        self.counts = counts
        self.execution_time_sec = execution_time_sec
        self.metadata = {} if metadata is None else metadata
        self.expectations = {} if expectations is None else expectations


class PendingJob(Record):
    """The job goes on at the provider, under this ticket; `poll_job(ticket)` asks for it.

    A ticket must do after a restart of the driver. `poll_after` is in seconds.
    """

    __slots__ = ("ticket", "poll_after", "queue_position")

    def __init__(self, ticket: str, poll_after: float | None = None, queue_position: int | None = None) -> None:
        self.ticket = ticket
        self.poll_after = poll_after
        self.queue_position = queue_position
