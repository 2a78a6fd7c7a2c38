"""The adapter: one method for each request of the wire.

Each returns the answer as plain values, or a coroutine that does.
"""

from __future__ import annotations

import sys
import time

from .. import base
from ..call import Call
from . import errors, values
from .loading import accepts, construct, load_module
from .logs import forward_logs
from .sessions import Sessions
from .steps import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    Steps = Generator[Any, Any, Any]

OPTIONAL_METHODS = (
    "calibrate_device", "cancel_job", "capability_handshake", "close_session", "get_device_status",
    "healthcheck", "initialize", "poll_job", "reconcile", "refresh_session", "session_key", "shutdown",
)
COROUTINE_FLAG = 0x80

# The request whose answer needs this method; such a request goes straight to the event loop if the
# method is a coroutine function.
MAIN_METHODS = {
    "get_devices": "get_devices",
    "get_device_status": "get_device_status",
    "execute": "execute_circuit",
    "poll": "poll_job",
    "cancel_job": "cancel_job",
    "reconcile": "reconcile",
    "calibrate": "calibrate_device",
    "get_health": "healthcheck",
}


def load(
    driver_name: str, generation: int, file: str, source: bytes, search_path: list[str],
    session_idle_ms: int, session_refresh_ms: int, log: Callable[..., None] | None,
) -> Adapter:
    """Runs a driver's source and makes its driver."""
    if log is not None:
        forward_logs(log)
    module = load_module(file, source, search_path)
    driver = construct(module)
    return Adapter(driver, module, driver_name, session_idle_ms / 1000, session_refresh_ms / 1000)


class Adapter:
    """One driver, as the wire sees it."""

    def __init__(
        self, driver: Any, module: Any = None, driver_name: str = "",
        session_idle: float = 300.0, session_refresh: float = 3600.0,
    ) -> None:
        self.driver = driver
        self.module = module
        self.driver_name = driver_name or type(driver).__name__
        self.optional = [name for name in OPTIONAL_METHODS if self.own(name) is not None]
        self.sessions = Sessions(
            self.own("session_key"), self.own("refresh_session"), self.own("close_session"),
            session_idle, session_refresh,
        )
        calibrate = self.own("calibrate_device")
        self.calibrate_takes_options = calibrate is not None and accepts(calibrate, "options")

    def own(self, name: str) -> Any:
        """A method of the driver's; None if it has none, or only the default of `BaseDriver`."""
        method = getattr(self.driver, name, None)
        default = getattr(base.BaseDriver, name, None)
        if not callable(method) or getattr(method, "__func__", method) is default:
            return None
        return method

    def coroutine_calls(self) -> list[str]:
        """The requests that go straight to the event loop."""
        return [call for call, method in MAIN_METHODS.items() if _is_coroutine_function(self.own(method))]

    def has_sessions(self) -> bool:
        return self.sessions.key is not None

    def hello(self) -> tuple[Any, ...]:
        """class_name, name, version, driver_api_version, features, python, is_async, optional_methods."""
        handshake = self.own("capability_handshake")
        # Asked before anything else, it may be a coroutine as well: it has the loop to itself.
        capabilities = handshake() if handshake is not None else {}
        if hasattr(type(capabilities), "__await__"):
            import asyncio

            capabilities = asyncio.run(_await(capabilities))
        api_version, features = values.capabilities(capabilities)
        name = getattr(self.driver, "name", "")
        name = name() if callable(name) else name
        version = getattr(self.driver, "version", "")
        version = version() if callable(version) else version
        return (
            type(self.driver).__name__,
            values.short_text(name) or type(self.driver).__name__,
            values.short_text(version) or values.short_text(getattr(self.module, "__version__", "")),
            api_version,
            features,
            "{} {}.{}.{}".format("CPython" if sys.implementation.name == "cpython" else sys.implementation.name,
                                 *sys.version_info[:3]),
            _is_coroutine_function(self.own("execute_circuit")),
            self.optional,
        )

    def describe(self, error: BaseException) -> tuple[Any, ...]:
        return errors.describe(error)

    # Requests

    def initialize(self, config: dict[str, str]) -> Any:
        return run(self._plain("initialize", config=config))

    def get_devices(self) -> Any:
        return run(self._get_devices())

    def get_device_status(self, device_id: str) -> Any:
        return run(self._get_device_status(device_id))

    def execute(
        self, device_id: str, circuit: bytes, circuit_format: str, shots: int, options: dict[str, str],
        job_id: str, execution_key: str, attempt: int, seed: int | None, left_ms: int | None, traceparent: str,
    ) -> Any:
        deadline = None if left_ms is None else time.monotonic() + left_ms / 1000
        call = Call(job_id, execution_key, attempt, seed, deadline, circuit_format, traceparent)
        return run(self._execute(device_id, circuit, shots, options), call)

    def poll(self, ticket: str) -> Any:
        return run(self._poll(ticket))

    def cancel_job(self, ticket: str) -> Any:
        return run(self._cancel_job(ticket))

    def reconcile(self, execution_key: str) -> Any:
        return run(self._reconcile(execution_key))

    def calibrate(self, device_id: str, options: dict[str, str]) -> Any:
        return run(self._calibrate(device_id, options))

    def get_health(self) -> Any:
        return run(self._get_health())

    def close_idle_sessions(self) -> Any:
        return run(self.sessions.close_idle())

    def shutdown(self) -> Any:
        return run(self._shutdown())

    # How each is done

    def _plain(self, name: str, **arguments: Any) -> Steps:
        method = self.own(name)
        if method is not None:
            yield method(**arguments)

    def _get_devices(self) -> Steps:
        return values.devices((yield self.driver.get_devices()))

    def _get_device_status(self, device_id: str) -> Steps:
        method = self.own("get_device_status")
        if method is None:
            devices = yield from self._get_devices()
            for device in devices:
                if device[0] == device_id:
                    return device[3]
            raise errors.Refused("NOT_FOUND", f"no device `{device_id}`")
        session = yield from self.sessions.enter(device_id, {})
        try:
            state = yield method(device_id=device_id)
        finally:
            self.sessions.leave(session)
        return values.state(state, "get_device_status")

    def _execute(self, device_id: str, circuit: bytes, shots: int, options: dict[str, str]) -> Steps:
        session = yield from self.sessions.enter(device_id, options)
        try:
            outcome = yield self.driver.execute_circuit(
                device_id=device_id, circuit=circuit, shots=shots, options=options
            )
        finally:
            self.sessions.leave(session)
        return self._outcome(outcome, "execute_circuit")

    def _poll(self, ticket: str) -> Steps:
        method = self.own("poll_job")
        if method is None:
            raise errors.Refused("NOT_FOUND", f"no job `{ticket}`: the driver has no method `poll_job`")
        return self._outcome((yield method(ticket=ticket)), "poll_job")

    def _outcome(self, outcome: Any, method: str) -> tuple[Any, ...]:
        plain = values.outcome(outcome, method)
        if plain[0] == "pending" and "poll_job" not in self.optional:
            raise errors.MalformedAnswer(f"`{method}` answered a PendingJob: write the method `poll_job`, too")
        return plain

    def _cancel_job(self, ticket: str) -> Steps:
        method = self.own("cancel_job")
        if method is None:
            raise errors.Refused("UNIMPLEMENTED", "the driver has no method `cancel_job`")
        yield method(ticket=ticket)

    def _reconcile(self, execution_key: str) -> Steps:
        method = self.own("reconcile")
        if method is None:
            return ("unknown",)
        return values.reconciliation((yield method(execution_key=execution_key)))

    def _calibrate(self, device_id: str, options: dict[str, str]) -> Steps:
        method = self.own("calibrate_device")
        if method is None:
            raise errors.Refused("UNIMPLEMENTED", f"`{device_id}` cannot be calibrated")
        more = {"options": options} if self.calibrate_takes_options else {}
        return values.calibration((yield method(device_id=device_id, **more)))

    def _get_health(self) -> Steps:
        method = self.own("healthcheck")
        return (True, "", {}) if method is None else values.health((yield method()))

    def _shutdown(self) -> Steps:
        try:
            yield from self.sessions.close_all()
            yield from self._plain("shutdown")
        finally:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()


async def _await(awaitable: Any) -> Any:
    return await awaitable


def _is_coroutine_function(method: Any) -> bool:
    code = getattr(getattr(method, "__func__", method), "__code__", None)
    return code is not None and bool(code.co_flags & COROUTINE_FLAG)
