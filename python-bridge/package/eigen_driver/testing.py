"""Tries a driver without the manager, through the same adapter as the worker.

`check` makes the driver, asks it everything that the manager would ask, runs a Bell circuit on every
device, and says in sentences what is wrong. It talks to whatever the driver talks to.
"""

from __future__ import annotations

import asyncio
import inspect
import os

from ._adapter import Adapter
from ._adapter.errors import describe
from ._adapter.loading import construct, load_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

BELL_AQO = (
    b'{"operations":[{"op":"H","q":[0]},{"op":"CX","q":[0,1]},{"c":[0,1],"op":"MEASURE","q":[0,1]}],'
    b'"qubits":2,"version":"1.0.0"}'
)
BELL_QASM3 = (
    b'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\n'
    b"c[0] = measure q[0];\nc[1] = measure q[1];\n"
)
BELLS = {"AQO_JSON": BELL_AQO, "QASM3": BELL_QASM3}
SHOTS = 100


def check(
    driver: Any,
    config: Mapping[str, str] | None = None,
    circuit_format: str = "AQO_JSON",
    report: Callable[[str], None] = print,
) -> list[str]:
    """Checks a driver, given as an object, a class, or the path of its file.

    Returns what is wrong, nothing if all is well; `report` is given a line for each step.
    """
    return _Check(report).run(driver, dict(config or {}), circuit_format)


class _Check:
    def __init__(self, report: Callable[[str], None]) -> None:
        self.report = report
        self.problems: list[str] = []
        self.loop = asyncio.new_event_loop()

    def run(self, driver: Any, config: dict[str, str], circuit_format: str) -> list[str]:
        try:
            adapter = self.step("load", lambda: _adapter(driver))
            if adapter is not None:
                self.ask_everything(adapter, config, circuit_format)
        finally:
            self.loop.close()
        return self.problems

    def ask_everything(self, adapter: Adapter, config: dict[str, str], circuit_format: str) -> None:
        self.signatures(adapter)
        self.step("capability_handshake", adapter.hello)
        self.step("initialize", lambda: adapter.initialize(config))
        devices = self.step("get_devices", adapter.get_devices) or []
        ids = [device[0] for device in devices]
        if not ids:
            self.problem("`get_devices` named no device: nobody can use the driver.")
        for repeated in sorted({device_id for device_id in ids if ids.count(device_id) > 1}):
            self.problem(f"`get_devices` named `{repeated}` twice: a device's id has to be its own.")
        for device_id in dict.fromkeys(ids):
            self.step(f"get_device_status of `{device_id}`", lambda: adapter.get_device_status(device_id))
            self.bell(adapter, device_id, circuit_format)
        self.step("healthcheck", adapter.get_health)
        self.step("shutdown", adapter.shutdown)

    def signatures(self, adapter: Adapter) -> None:
        wanted = {"execute_circuit": ("device_id", "circuit", "shots", "options"),
                  "get_device_status": ("device_id",), "initialize": ("config",)}
        for name, arguments in wanted.items():
            method = adapter.own(name)
            if method is None:
                continue
            try:
                inspect.signature(method).bind(**dict.fromkeys(arguments))
            except TypeError as error:
                self.problem(f"`{name}` has to take {', '.join(arguments)} by these names: {error}.")

    def bell(self, adapter: Adapter, device_id: str, circuit_format: str) -> None:
        circuit = BELLS[circuit_format]
        answer = self.step(
            f"execute_circuit on `{device_id}`",
            lambda: adapter.execute(device_id, circuit, circuit_format, SHOTS, {}, "check", "check", 1, 1, 60_000, ""),
        )
        if answer is None:
            return
        if answer[0] == "pending":
            self.step(f"poll_job of `{answer[1]}`", lambda: adapter.poll(answer[1]))
            return
        counts = answer[1]
        for bits, count in counts:
            if len(bits) != 2 or set(bits) - {"0", "1"}:
                self.problem(f"`{device_id}` counted {bits!r}: two measured bits give keys such as '00'.")
            if count < 0:
                self.problem(f"`{device_id}` counted {bits!r} {count} times.")
        total = sum(count for _, count in counts)
        if total != SHOTS:
            self.problem(f"The counts of `{device_id}` add up to {total}, with {SHOTS} shots.")
        odd = sum(count for bits, count in counts if bits in ("01", "10"))
        if odd > SHOTS // 2:
            self.problem(f"`{device_id}` measured unequal bits {odd} times of {SHOTS}: a Bell state gives equal ones.")

    def step(self, name: str, ask: Callable[[], Any]) -> Any:
        try:
            answer = ask()
            if hasattr(type(answer), "__await__"):
                answer = self.loop.run_until_complete(answer)
        except BaseException as error:
            code, message, traceback = describe(error)[:3]
            self.problem(f"{name} failed with status {code}: {message}\n{traceback}".rstrip())
            return None
        self.report(f"ok    {name}")
        return answer

    def problem(self, text: str) -> None:
        self.problems.append(text)
        self.report(f"WRONG {text}")


def _adapter(driver: Any) -> Adapter:
    if isinstance(driver, (str, os.PathLike)):
        file = os.path.abspath(driver)
        with open(file, "rb") as opened:
            source = opened.read()
        module = load_module(file, source, [os.path.dirname(file)])
        return Adapter(construct(module), module)
    return Adapter(driver() if isinstance(driver, type) else driver)
