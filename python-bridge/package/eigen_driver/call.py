"""The call that is running: what the host knows of it beyond the arguments of the method.

It is a context variable, so it is right in every thread that runs a method, and in every asyncio task
that the method starts. A thread that a driver starts by itself sees none.
"""

from __future__ import annotations

import time
from contextvars import ContextVar

from .types import Record


class Call(Record):
    """One attempt at executing a circuit.

    `execution_key` is the same over all attempts: give it to the provider as the idempotency token.
    `attempt` is 1 for the first. `seed` is the caller's, if there was one. `deadline` is an instant of
    `time.monotonic()`. `circuit_format` is `AQO_JSON`, `QASM3` or `NATIVE`. `traceparent` is the W3C
    trace context, or empty.
    """

    __slots__ = ("job_id", "execution_key", "attempt", "seed", "deadline", "circuit_format", "traceparent")

    def __init__(
        self,
        job_id: str = "",
        execution_key: str = "",
        attempt: int = 1,
        seed: int | None = None,
        deadline: float | None = None,
        circuit_format: str = "AQO_JSON",
        traceparent: str = "",
    ) -> None:
        self.job_id = job_id
        self.execution_key = execution_key
        self.attempt = attempt
        self.seed = seed
        self.deadline = deadline
        self.circuit_format = circuit_format
        self.traceparent = traceparent

    def seconds_left(self) -> float | None:
        """How long the caller still waits, never below 0; None if it waits for ever."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())


running: ContextVar[Call | None] = ContextVar("eigen_driver_call", default=None)


def current_call() -> Call | None:
    """The call that is running here; None outside `execute_circuit`."""
    return running.get()
