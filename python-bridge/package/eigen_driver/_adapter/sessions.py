"""Sessions with a provider: refreshed when old, closed when idle, never closed while in use.

The driver names the session that a call uses; what a session is, it alone knows.
"""

from __future__ import annotations

import logging
import time
from _thread import allocate_lock

from .errors import MalformedAnswer
from .steps import Shared, is_awaitable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    Method = Callable[..., Any] | None

MAX_SESSIONS = 1024

log = logging.getLogger("eigen_driver.sessions")


class Session:
    """A known session."""

    def __init__(self, key: Any, now: float) -> None:
        self.key = key
        self.fresh_since = now
        self.used = now
        self.users = 0
        self.refreshing: Any = None
        self.lock = allocate_lock()


class Sessions:
    """The sessions of one driver. Times are in seconds, by the monotonic clock."""

    def __init__(
        self, key: Method, refresh: Method, close: Method, idle: float, refresh_after: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.key = key
        self.refresh = refresh
        self.close = close
        self.idle = idle
        self.refresh_after = refresh_after
        self.clock = clock
        self.known: dict[Any, Session] = {}
        self.lock = allocate_lock()

    def enter(self, device_id: str, options: dict[str, str]) -> Generator[Any, Any, Session | None]:
        """The session for a call, fresh; it is not closed before `leave`."""
        if self.key is None:
            return None
        key = yield self.key(device_id=device_id, options=options)
        if key is None:
            return None
        session = yield from self._use(key)
        try:
            yield from self._freshen(session)
        except BaseException:
            # What could not be refreshed is forgotten: the next call starts a new one.
            self.leave(session)
            self._forget(session)
            raise
        return session

    def leave(self, session: Session | None) -> None:
        if session is not None:
            with self.lock:
                session.users -= 1
                session.used = self.clock()

    def close_idle(self) -> Generator[Any, Any, None]:
        before = self.clock() - self.idle
        with self.lock:
            old = [session for session in self.known.values() if not session.users and session.used <= before]
            for session in old:
                del self.known[session.key]
        yield from self._close(old)

    def close_all(self) -> Generator[Any, Any, None]:
        with self.lock:
            sessions = list(self.known.values())
            self.known.clear()
        yield from self._close(sessions)

    def _use(self, key: Any) -> Generator[Any, Any, Session]:
        evicted = []
        with self.lock:
            try:
                session = self.known.get(key)
            except TypeError:
                raise MalformedAnswer(
                    f"`session_key` answered {type(key).__name__}: expected a text or None"
                ) from None
            if session is None:
                if len(self.known) >= MAX_SESSIONS:
                    evicted = self._least_used()
                session = self.known[key] = Session(key, self.clock())
            session.users += 1
        yield from self._close(evicted)
        return session

    def _least_used(self) -> list[Session]:
        free = [session for session in self.known.values() if not session.users]
        oldest = sorted(free, key=lambda session: session.used)[:1]
        for session in oldest:
            del self.known[session.key]
        return oldest

    def _freshen(self, session: Session) -> Generator[Any, Any, None]:
        if self.refresh is None:
            return
        # Never held over a yield: the event loop must not wait for a thread that waits for the loop.
        with session.lock:
            pending = session.refreshing
            if pending is None and self.clock() - session.fresh_since > self.refresh_after:
                pending = self.refresh(session.key)
                if is_awaitable(pending):
                    pending = session.refreshing = Shared(pending)
                else:
                    pending, session.fresh_since = None, self.clock()
        if pending is not None:
            try:
                yield pending
                session.fresh_since = self.clock()
            finally:
                session.refreshing = None

    def _forget(self, session: Session) -> None:
        with self.lock:
            if self.known.get(session.key) is session:
                del self.known[session.key]

    def _close(self, sessions: list[Session]) -> Generator[Any, Any, None]:
        if self.close is None:
            return
        for session in sessions:
            try:
                yield self.close(session.key)
            except Exception:
                log.warning("`close_session` failed", exc_info=True)
