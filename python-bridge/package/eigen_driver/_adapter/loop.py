"""The event loop in which all coroutines of a driver run, in a thread of its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def run_loop(wake: int, drain: Callable[[Any], None]) -> None:
    """Calls `drain(loop)` whenever there is something to read from `wake`, and never returns.

    What stops a loop stops here: a task that a driver started may raise SystemExit.
    """
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.add_reader(wake, drain, loop)
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            continue
