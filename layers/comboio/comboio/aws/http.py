"""Kept connections to one endpoint, shared by threads."""

import ssl
from collections import deque
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from comboio.errors import ServiceError


class Answer(NamedTuple):
    """An HTTP answer, read to its end; `headers` are asked by name, in any case."""

    status: int
    body: bytes
    headers: Message = Message()


class UnreachableError(ServiceError):
    """No answer came: refused, cut off or timed out. The request may or may not have been carried out."""


class Http(Protocol):
    """One POST of `body` to the endpoint; raises UnreachableError."""

    host: str

    def post(self, headers: dict[str, str], body: bytes) -> Answer:
        """Sends and waits for the answer."""
        ...


class KeptConnections:
    """Connections kept open and used again, last in first out, so that few stay warm.

    All POSTs go to the endpoint's own path. Redirects are not followed. `context` is whom to trust over TLS; those
    whom the system trusts, unless given.
    """

    def __init__(self, endpoint: str, timeout_s: float = 10.0, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(endpoint)
        self.host = parts.netloc
        self._name, self._port, self._tls = parts.hostname or "", parts.port, parts.scheme == "https"
        self._timeout_s = timeout_s
        self._target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._context = context
        self._idle: deque[HTTPConnection] = deque()

    def post(self, headers: dict[str, str], body: bytes) -> Answer:
        """POSTs; a kept connection that the other side closed meanwhile is replaced.

        Raises:
            UnreachableError: no answer.
        """
        while True:
            try:
                connection, kept = self._idle.pop(), True
            except IndexError:
                connection, kept = self._open(), False
            try:
                connection.request("POST", self._target, body, headers)
                response = connection.getresponse()
                answer = Answer(response.status, response.read(), response.headers)
            except (OSError, HTTPException) as error:
                connection.close()
                if kept and not isinstance(error, TimeoutError):
                    continue
                raise UnreachableError(f"{self.host}: {type(error).__name__} {error}") from error
            if response.will_close:
                connection.close()
            else:
                self._idle.append(connection)
            return answer

    def close(self) -> None:
        """Closes what is idle."""
        while self._idle:
            self._idle.pop().close()

    def _open(self) -> HTTPConnection:
        if not self._tls:
            return HTTPConnection(self._name, self._port, timeout=self._timeout_s)
        if self._context is None:
            self._context = ssl.create_default_context()
        return HTTPSConnection(self._name, self._port, timeout=self._timeout_s, context=self._context)
