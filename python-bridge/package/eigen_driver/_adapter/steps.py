"""Runs one call of a driver's, whether its methods are plain or coroutines.

A call is written once, as a generator that yields whatever the driver's methods return and is sent
their results. While these are plain values it runs on in this thread; from the first awaitable on, it
is a coroutine for the event loop.
"""

from __future__ import annotations

from ..call import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from ..call import Call


class Exited(Exception):
    """The driver tried to end the process from inside a coroutine; as itself, that would end the loop."""


def is_awaitable(value: object) -> bool:
    return hasattr(type(value), "__await__")


def run(steps: Generator[Any, Any, Any], call: Call | None = None) -> Any:
    """The call's answer, or a coroutine that returns it."""
    token = running.set(call)
    try:
        value = next(steps)
        while not is_awaitable(value):
            value = steps.send(value)
    except StopIteration as done:
        return done.value
    finally:
        running.reset(token)
    return _finish(steps, value, call)


async def _finish(steps: Generator[Any, Any, Any], value: Any, call: Call | None) -> Any:
    running.set(call)
    try:
        while True:
            if not is_awaitable(value):
                value = steps.send(value)
                continue
            try:
                result = await value
            except BaseException as error:
                value = steps.throw(error)
            else:
                value = steps.send(result)
    except StopIteration as done:
        return done.value
    except (SystemExit, KeyboardInterrupt) as error:
        raise Exited from error
    finally:
        steps.close()


class Shared:
    """An awaitable that several tasks may await: it runs once, and no task's cancellation stops it."""

    def __init__(self, awaitable: Any) -> None:
        self._awaitable = awaitable
        self._task: Any = None

    def __await__(self) -> Any:
        import asyncio

        if self._task is None:
            self._task = asyncio.ensure_future(self._awaitable)
        return asyncio.shield(self._task).__await__()
