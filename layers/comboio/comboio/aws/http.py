"""Kept connections to one endpoint, shared by threads."""

import time
from collections import deque
from collections.abc import Callable
from ssl import SSLContext
from typing import NamedTuple, Protocol, runtime_checkable
from urllib.parse import urlsplit

from comboio.aws.answer_reader import Answer, BrokenAnswerError
from comboio.aws.begun import Begun
from comboio.aws.connection import Connection, Deadline, Resolve, look_up, open_connection, system_trust
from comboio.aws.exchange import Exchange, Request, lean_exchange, request_bytes
from comboio.errors import ServiceError

__all__ = ["Answer", "Http", "KeptConnections", "UnreachableError"]

IDLE_S = 4.0
"""Seconds after which an idle connection is not used again. Between two batches the execution environment may have been
frozen and the other side gone: it closes what is idle, and so do NAT gateways and endpoints, some without a word."""


class UnreachableError(ServiceError):
    """No answer came: refused, cut off, unreadable or timed out. The request may or may not have been carried out."""


class Http(Protocol):
    """POSTs to one endpoint."""

    host: str

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """Send one POST, wait for its answer, and take no longer in all than its own timeout and `timeout_s`.

        What was sent is not sent again, whatever happens: the caller decides whether it may be.

        Raises:
            UnreachableError: no answer came.
        """
        ...


@runtime_checkable
class Begins(Protocol):
    """POSTs without waiting for the answer, where a connection is open."""

    def begin(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Begun | None:
        """Begin what `Http.post` does; None where that would take waiting, and nothing was sent then."""
        ...


class Idle(NamedTuple):
    """A connection that waits for its next call, since `clock` and since `wall`."""

    connection: Connection
    clock: float
    wall: float


class KeptConnections:
    """Connections kept open and used again, last in first out, so that few stay warm.

    All POSTs go to the endpoint's own path, and GETs to one below it. Redirects are not followed. `context` is whom to
    trust over TLS; those whom the system trusts, unless given. `exchange` speaks HTTP on a connection. `clock` and
    `wall` are seconds; a freeze may stop the one or the other.
    """

    def __init__(
        self,
        endpoint: str,
        timeout_s: float = 10.0,
        context: SSLContext | None = None,
        *,
        exchange: Exchange = lean_exchange,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        resolve: Resolve = look_up,
    ) -> None:
        parts = urlsplit(endpoint)
        self.host = parts.netloc
        self._tls = parts.scheme == "https"
        self._name, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._timeout_s = timeout_s
        self._folder = parts.path.rstrip("/")
        self._target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._context = context
        self._exchange = exchange
        self._clock, self._wall, self._resolve = clock, wall, resolve
        self._idle: deque[Idle] = deque()

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        return self._ask(Request(self.host, self._target, headers, body), timeout_s)

    def begin(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Begun | None:
        """See Begins. It speaks HTTP as `lean_exchange` does."""
        data = request_bytes(Request(self.host, self._target, headers, body))
        connection = self._usable()
        if connection is None:
            return None
        return Begun(connection, data, self._deadline(timeout_s), self._keep, self._unreachable)

    def get(self, path: str, headers: dict[str, str], timeout_s: float) -> Answer:
        """Get what is at a path below the endpoint's, within `timeout_s` in all.

        Raises:
            UnreachableError: no answer came.
        """
        return self._ask(Request(self.host, f"{self._folder}{path}", headers, method="GET"), timeout_s)

    def _ask(self, request: Request, timeout_s: float | None) -> Answer:
        deadline = self._deadline(timeout_s)
        kept = connection = self._usable()
        keep = False
        try:
            if connection is None:
                connection = self._open(deadline)
            answer, keep = self._exchange(connection, request, deadline)
        except (OSError, BrokenAnswerError) as error:
            raise self._unreachable(error, was_kept=kept is not None) from error
        finally:
            if connection is not None and not keep:
                connection.close()
        if keep:
            self._keep(connection)
        return answer

    def _deadline(self, timeout_s: float | None) -> Deadline:
        return Deadline(min(self._timeout_s, self._timeout_s if timeout_s is None else timeout_s), self._clock)

    def _unreachable(self, error: Exception, *, was_kept: bool = True) -> UnreachableError:
        if was_kept:
            self.close()  # the others are as old as this one, and what cut it off may have cut them off too
        return UnreachableError(f"{self.host}: {type(error).__name__} {error}")

    def _keep(self, connection: Connection) -> None:
        self._idle.append(Idle(connection, self._clock(), self._wall()))
        self._drop_old()

    def close(self) -> None:
        """Close what is idle."""
        while (idle := self._pop()) is not None:
            idle.connection.close()

    def _usable(self) -> Connection | None:
        """Return a kept connection that is young and has nothing to read; close those found on the way that are not."""
        while (idle := self._pop()) is not None:
            if not self._old(idle) and not idle.connection.has_something():
                return idle.connection
            idle.connection.close()
        return None

    def _old(self, idle: Idle) -> bool:
        """Return whether it was idle for too long by either clock; one that was set back counts as well."""
        return self._clock() - idle.clock > IDLE_S or abs(self._wall() - idle.wall) > IDLE_S

    def _drop_old(self) -> None:
        """Close those that were idle for too long, oldest first."""
        while self._idle:
            try:
                idle = self._idle.popleft()
            except IndexError:
                return
            if not self._old(idle):
                self._idle.appendleft(idle)
                return
            idle.connection.close()

    def _pop(self) -> Idle | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _open(self, deadline: Deadline) -> Connection:
        connection = open_connection(self._name, self._port, deadline, self._resolve)
        if not self._tls:
            return connection
        return connection.start_tls(self._context or system_trust(), self._name, deadline)
