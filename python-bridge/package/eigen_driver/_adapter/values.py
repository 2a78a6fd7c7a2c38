"""What drivers return, as plain values in the order of the wire's fields.

What has no reading is a `MalformedAnswer`, which says what was expected, of which method.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import index

from ..types import DeviceStatus
from .errors import MalformedAnswer
from .logs import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MISSING: Any = object()
STATUS_PREFIX = "DEVICE_STATUS_"
INT64 = 2**63
DEVICE_FIELDS = "`device_id`, `name`, `backend_type`, `status`, `queue_depth`, `estimated_wait_sec`, `capabilities`"
RESULT = "ExecutionResult, PendingJob, (counts, seconds, metadata), or a dict or object with `counts`"


def field(value: Any, *names: str, default: Any = MISSING) -> Any:
    """A field of a dict or of an object, by the first of its names that is there."""
    for name in names:
        found = value.get(name, MISSING) if isinstance(value, Mapping) else getattr(value, name, MISSING)
        if found is not MISSING and not (callable(found) and not isinstance(value, Mapping)):
            return found
    return default


def wrong(method: str, what: str, value: Any, expected: str) -> MalformedAnswer:
    shown = bounded(repr(value), 60) if isinstance(value, (str, int, float, type(None))) else ""
    kind = type(value).__name__
    return MalformedAnswer(f"`{method}` answered {what} {shown or kind}{f' ({kind})' if shown else ''}: expected {expected}")


def short_text(value: Any) -> str:
    return "" if value is None else bounded(str(value), 200)


def text(value: Any) -> str:
    """Texts as they are, everything else as JSON."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    import json

    return json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


def texts(value: Any, method: str, what: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong(method, what, value, "a dict")
    return {str(key): text(entry) for key, entry in value.items()}


def whole(value: Any, method: str, what: str) -> int:
    try:
        number = index(value)
    except TypeError:
        raise wrong(method, what, value, "a whole number") from None
    if not -INT64 <= number < INT64:
        raise wrong(method, what, value, "a number of 64 bits")
    return number


def real(value: Any, method: str, what: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise wrong(method, what, value, "a number") from None


def devices(answer: Any) -> list[tuple[Any, ...]]:
    method = "get_devices"
    if isinstance(answer, (str, bytes, Mapping)) or not hasattr(answer, "__iter__"):
        raise wrong(method, "", answer, f"a list of devices, each a DeviceInfo, or with {DEVICE_FIELDS}")
    return [_device(device, method) for device in answer]


def _device(device: Any, method: str) -> tuple[Any, ...]:
    device_id = field(device, "device_id")
    if not isinstance(device_id, str) or not device_id:
        raise wrong(method, "a device with the id", None if device_id is MISSING else device_id, "a text `device_id`")
    capabilities = field(device, "capabilities", default=None)
    return (
        device_id,
        short_text(field(device, "name", default="")),
        short_text(field(device, "backend_type", default="")),
        _state_fields(device, method),
        texts(capabilities, method, f"`capabilities` of `{device_id}`"),
    )


def state(answer: Any, method: str) -> tuple[Any, ...]:
    """status, queue_depth, estimated_wait_sec, metadata."""
    if isinstance(answer, (int, str)) or field(answer, "status") is MISSING:
        return (status(answer, method), 0, None, {})
    return _state_fields(answer, method)


def _state_fields(value: Any, method: str) -> tuple[Any, ...]:
    wait = field(value, "estimated_wait_sec", default=None)
    return (
        status(field(value, "status", default=DeviceStatus.ONLINE), method),
        whole(field(value, "queue_depth", default=0) or 0, method, "`queue_depth`"),
        None if wait is None else int(real(wait, method, "`estimated_wait_sec`")),
        texts(field(value, "metadata", default=None), method, "`metadata`"),
    )


def status(value: Any, method: str) -> int:
    """A status given as a number, a name with or without prefix, or an enum of these."""
    if isinstance(value, str):
        name = value.strip().upper()
        name = name[len(STATUS_PREFIX):] if name.startswith(STATUS_PREFIX) else name
        if name in DeviceStatus.__members__:
            return int(DeviceStatus[name])
    elif isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value <= max(DeviceStatus):
            return int(value)
    elif hasattr(value, "value"):
        by_name = getattr(value, "name", None)
        return status(by_name if isinstance(by_name, str) else value.value, method)
    raise wrong(method, "the status", value, "one of " + ", ".join(DeviceStatus.__members__))


def outcome(answer: Any, method: str) -> tuple[Any, ...]:
    """("result", counts, seconds, metadata, expectations) or ("pending", ticket, poll_after_ms, position)."""
    if isinstance(answer, (tuple, list)):
        if len(answer) not in (2, 3):
            raise wrong(method, f"{len(answer)} values as", answer, RESULT)
        counts, seconds, metadata = (*answer, None)[:3]
        return ("result", *_result(counts, seconds, metadata, None, method))
    counts = field(answer, "counts")
    if counts is not MISSING:
        seconds = field(answer, "execution_time_sec", "seconds", "execution_time", default=0.0)
        metadata, expectations = field(answer, "metadata", default=None), field(answer, "expectations", default=None)
        return ("result", *_result(counts, seconds, metadata, expectations, method))
    if field(answer, "ticket") is not MISSING:
        return ("pending", *_pending(answer, method))
    raise wrong(method, "", answer, RESULT)


def _result(counts: Any, seconds: Any, metadata: Any, expectations: Any, method: str) -> tuple[Any, ...]:
    if not isinstance(counts, Mapping):
        raise wrong(method, "the counts", counts, "a dict from bitstrings to whole numbers")
    pairs = []
    for key, count in counts.items():
        if not isinstance(key, str):
            raise wrong(method, "the count key", key, "a text of 0 and 1")
        # Some SDKs put a space between registers.
        pairs.append((key.replace(" ", ""), whole(count, method, f"the count of {key[:40]!r}")))
    if expectations is not None and not isinstance(expectations, Mapping):
        raise wrong(method, "the expectations", expectations, "a dict from names to numbers")
    exact = {str(name): real(value, method, f"the expectation {name!r}") for name, value in (expectations or {}).items()}
    return (pairs, real(seconds, method, "the seconds"), texts(metadata, method, "the metadata"), exact)


def _pending(answer: Any, method: str) -> tuple[Any, ...]:
    ticket = field(answer, "ticket")
    if not isinstance(ticket, str) or not ticket:
        raise wrong(method, "the ticket", ticket, "a text that is not empty")
    after, position = field(answer, "poll_after", default=None), field(answer, "queue_position", default=None)
    return (
        ticket,
        None if after is None else max(0, int(real(after, method, "`poll_after`") * 1000)),
        None if position is None else min(max(0, whole(position, method, "`queue_position`")), 2**32 - 1),
    )


def reconciliation(answer: Any) -> tuple[Any, ...]:
    """("found", ticket, poll_after_ms, position), ("not_found",) or ("unknown",)."""
    if answer is None:
        return ("unknown",)
    if answer is False:
        return ("not_found",)
    if isinstance(answer, str):
        answer = {"ticket": answer}
    if field(answer, "ticket") is MISSING:
        raise wrong("reconcile", "", answer, "a PendingJob or its ticket, False (no such job) or None (cannot tell)")
    return ("found", *_pending(answer, "reconcile"))


def calibration(answer: Any) -> str:
    reference = answer if answer is None or isinstance(answer, str) else field(answer, "calibration_ref", default=answer)
    if reference is None:
        return ""
    if not isinstance(reference, str):
        raise wrong("calibrate_device", "", answer, "a text that refers to the calibration")
    return bounded(reference, 4096)


def health(answer: Any) -> tuple[bool, str, dict[str, str]]:
    """ready, reason, details."""
    if isinstance(answer, bool):
        return (answer, "", {})
    ready = field(answer, "ready")
    if not isinstance(ready, bool):
        raise wrong("healthcheck", "", answer, "DriverHealth, a bool, or a dict or object with a bool `ready`")
    details = field(answer, "details", default=None)
    return (ready, short_text(field(answer, "reason", default="")), texts(details, "healthcheck", "`details`"))


def capabilities(answer: Any) -> tuple[str, dict[str, str]]:
    """driver_api_version, features."""
    method = "capability_handshake"
    if answer is None:
        return ("", {})
    version = field(answer, "driver_api_version", default=MISSING if not isinstance(answer, Mapping) else "")
    if version is MISSING:
        raise wrong(method, "", answer, "DriverCapabilities, or a dict or object with `driver_api_version` and `features`")
    features = field(answer, "features", default=None)
    if isinstance(features, (list, tuple, set, frozenset)):
        features = {str(name): True for name in features}
    return (short_text(version), texts(features, method, "`features`"))
