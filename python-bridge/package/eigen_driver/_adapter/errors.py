"""Exceptions as the wire's errors: which status, what the caller reads, what the operator reads."""

from __future__ import annotations

import os

from ..errors import DriverExecutionError
from .logs import bounded
from .steps import Exited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CODES = {
    "CANCELLED": 1, "UNKNOWN": 2, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6, "PERMISSION_DENIED": 7, "RESOURCE_EXHAUSTED": 8, "FAILED_PRECONDITION": 9,
    "ABORTED": 10, "OUT_OF_RANGE": 11, "UNIMPLEMENTED": 12, "INTERNAL": 13, "UNAVAILABLE": 14,
    "DATA_LOSS": 15, "UNAUTHENTICATED": 16,
}
# The first that fits decides: PermissionError and TimeoutError are OSErrors, too.
CLASSES = (
    (NotImplementedError, "UNIMPLEMENTED"),
    (TimeoutError, "DEADLINE_EXCEEDED"),
    (PermissionError, "PERMISSION_DENIED"),
    (OSError, "UNAVAILABLE"),
    (MemoryError, "RESOURCE_EXHAUSTED"),
    ((ValueError, TypeError), "INVALID_ARGUMENT"),
)
# Until Python 3.11 these are no TimeoutErrors.
OTHER_TIMEOUTS = {("asyncio.exceptions", "TimeoutError"), ("concurrent.futures._base", "TimeoutError")}
SUBMISSIONS = {"NOT_SUBMITTED": 1, "SUBMITTED": 2, "UNKNOWN": 3}

NEUTRAL = "the driver failed; its log tells how"
EXITED = "the driver tried to end its process; raise an exception that says what went wrong instead"
MAX_MESSAGE = 4 * 1024
MAX_TRACEBACK = 32 * 1024
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class MalformedAnswer(TypeError):
    """A driver's method returned what it must not: the driver's fault, so INTERNAL."""


class Refused(DriverExecutionError):
    """The adapter's own no: the driver lacks what was asked for."""


def describe(error: BaseException) -> tuple[Any, ...]:
    """code, message, traceback, exception, submission, ticket, retry_after_ms, provider_code, code_was_given."""
    if isinstance(error, Exited) and error.__cause__ is not None:
        error = error.__cause__
    code, message, given = _verdict(error)
    kind = type(error)
    ticket = _text(error, "ticket")
    retry_after = getattr(error, "retry_after", None)
    return (
        code,
        bounded(message, MAX_MESSAGE),
        "" if isinstance(error, Refused) else bounded_traceback(error),
        bounded(f"{kind.__module__}.{kind.__qualname__}".replace("builtins.", ""), 200),
        _submission(error, ticket),
        ticket,
        _milliseconds(retry_after),
        _text(error, "provider_code"),
        given,
    )


def _verdict(error: BaseException) -> tuple[int, str, bool]:
    if isinstance(error, (SystemExit, KeyboardInterrupt)):
        return CODES["INTERNAL"], EXITED, False
    if isinstance(error, MalformedAnswer):
        return CODES["INTERNAL"], str(error), False
    code = status_code(_attribute(error, "code"))
    if code is not None:
        return code, _message(error), True
    if type(error).__name__ == "CancelledError":
        return CODES["CANCELLED"], "cancelled", False
    if any((kind.__module__, kind.__name__) in OTHER_TIMEOUTS for kind in type(error).__mro__):
        return CODES["DEADLINE_EXCEEDED"], _message(error), False
    for classes, name in CLASSES:
        if isinstance(error, classes):
            return CODES[name], _message(error), False
    return CODES["INTERNAL"], NEUTRAL, False


def status_code(code: Any) -> int | None:
    """The number of a status given as a `grpc.StatusCode`, a name, a number, or an enum of these."""
    if isinstance(code, str):
        return CODES.get(code.strip().upper().replace("STATUSCODE.", ""))
    if isinstance(code, int):
        return int(code) if not isinstance(code, bool) and 1 <= code <= 16 else None
    name, value = getattr(code, "name", None), getattr(code, "value", None)
    if isinstance(name, str) and name in CODES:
        return CODES[name]
    return status_code(value) if isinstance(value, (int, str)) else None


def _attribute(error: BaseException, name: str) -> Any:
    """An attribute that may as well be a method, as `code` is of a `grpc.RpcError`."""
    try:
        value = getattr(error, name, None)
        return value() if callable(value) else value
    except Exception:
        return None


def _message(error: BaseException) -> str:
    for name in ("message", "details"):
        message = _attribute(error, name)
        if isinstance(message, str) and message:
            return message
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__


def _submission(error: BaseException, ticket: str) -> int:
    said = _attribute(error, "submission")
    said = getattr(said, "name", said)
    known = SUBMISSIONS.get(said.strip().upper().replace("-", "_")) if isinstance(said, str) else None
    return known or (SUBMISSIONS["SUBMITTED"] if ticket else 0)


def _text(error: BaseException, name: str) -> str:
    value = _attribute(error, name)
    return "" if value is None else bounded(str(value), 1024)


def _milliseconds(seconds: Any) -> int | None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    return int(seconds * 1000) if 0 <= seconds < 10**9 else None


def bounded_traceback(error: BaseException) -> str:
    """The traceback from the driver's first line on, its end kept if it is long."""
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_next and frames.tb_frame.f_code.co_filename.startswith(PACKAGE):
        frames = frames.tb_next
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
    except Exception as failure:
        text = f"{type(error).__name__}, whose traceback cannot be shown ({type(failure).__name__})"
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= MAX_TRACEBACK else f"({len(text)} characters) …{text[-MAX_TRACEBACK:]}"
