"""Python's `logging`, forwarded to the host a record at a time."""

from __future__ import annotations

import logging
import threading

from ..call import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MESSAGE = 8 * 1024
MAX_TRACEBACK = 16 * 1024


def forward_logs(log: Callable[..., None]) -> None:
    """From now on the root logger passes its records, from INFO up, to `log`."""
    root = logging.getLogger()
    root.addHandler(Forward(log))
    root.setLevel(logging.INFO)


class Forward(logging.Handler):
    """Passes records on as (level, logger, message, traceback, job id), each bounded.

    What is logged while a record is made into text is dropped: it would never end.
    """

    def __init__(self, log: Callable[..., None]) -> None:
        super().__init__()
        self._log = log
        self._thread = threading.local()

    def handle(self, record: logging.LogRecord) -> bool:
        if getattr(self._thread, "busy", False):
            return False
        self._thread.busy = True
        try:
            if self.filter(record):
                self.emit(record)
        finally:
            self._thread.busy = False
        return True

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
            traceback = ""
            if record.exc_info and record.exc_info[0] is not None:
                traceback = logging.Formatter().formatException(record.exc_info)
        except Exception as error:
            message = f"a log record that cannot be shown ({type(error).__name__}): {str(record.msg)[:200]}"
            traceback = ""
        call = running.get()
        self._log(
            max(0, int(record.levelno)), str(record.name)[:200], bounded(message, MAX_MESSAGE),
            bounded(traceback, MAX_TRACEBACK), "" if call is None else call.job_id,
        )


def bounded(text: str, limit: int) -> str:
    """At most `limit` characters; the end of a longer text is replaced by its length."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
