"""The HTTP exchange of both transports, cut at the same place: the request is signed and serialised, and goes.

Stubbed, it takes the latency and a canned answer, and no HTTP is spoken. On the wire it goes to `server`'s loopback
server, which does the same. Either way it is counted.

Where it is cut: comboio's transport at `Http.post`, boto3 at its event `before-send`, whose handler may answer in place
of `URLLib3Session.send`. Below both lie only the connection, its TLS and the bytes.
"""

import io
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from bench.dispatcher import canned
from bench.dispatcher.tally import Tally
from comboio.aws.begun import Begun
from comboio.aws.http import Answer, Http, KeptConnections


class Exchange(Protocol):
    """Makes both transports go to the same place."""

    tally: Tally

    def http(self, endpoint: str) -> Http:
        """Return a stand-in for the HTTP of comboio's transport."""
        ...

    def boto3(self, client: Any) -> None:
        """Replace the HTTP of a boto3 client."""
        ...


class Stubbed:
    """No HTTP: every request takes `latency_s`."""

    def __init__(self, latency_s: float, answer: Callable[[str, bytes], bytes] = canned.answer) -> None:
        self.tally = Tally()
        self._latency_s = latency_s
        self._answer = answer

    def http(self, endpoint: str) -> Http:
        """See Exchange."""
        return _StubbedHttp(endpoint.partition("//")[2], self)

    def boto3(self, client: Any) -> None:
        """See Exchange."""
        client.meta.events.register("before-send", self._send)

    def take(self, target: str, body: bytes) -> bytes:
        """One request and its answer."""
        action = target.rpartition(".")[2]
        self.tally.add(action, body)
        if self._latency_s:
            time.sleep(self._latency_s)
        return self._answer(action, body)

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        body = self.take(_target(request), _bytes(request))
        headers: Any = {  # botocore makes its own mapping of it, as it does of urllib3's
            "content-type": request.headers["Content-Type"],
            "content-length": str(len(body)),
            "x-amzn-requestid": "7a8f3b0e-8e5e-5d43-a3a0-6c2f9d1b4e77",
            "x-amz-crc32": str(zlib.crc32(body)),
        }
        return AWSResponse(request.url, 200, headers, _Raw(body))


class OnWire:
    """Requests go over HTTP as they always do; only counted."""

    def __init__(self) -> None:
        self.tally = Tally()

    def http(self, endpoint: str) -> Http:
        """See Exchange."""
        return _CountedHttp(KeptConnections(endpoint), self.tally)

    def boto3(self, client: Any) -> None:
        """See Exchange."""

        def count(request: AWSPreparedRequest, **_: Any) -> None:
            self.tally.add(_target(request).rpartition(".")[2], _bytes(request))

        client.meta.events.register("before-send", count)


class _StubbedHttp:
    def __init__(self, host: str, exchange: Stubbed) -> None:
        self.host = host
        self._exchange = exchange

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:  # noqa: ARG002 the shape of Http
        return Answer(200, self._exchange.take(headers["x-amz-target"], body))


class _CountedHttp:
    def __init__(self, http: KeptConnections, tally: Tally) -> None:
        self.host = http.host
        self._http = http
        self._tally = tally

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        self._tally.add(headers["x-amz-target"].rpartition(".")[2], body)
        return self._http.post(headers, body, timeout_s)

    def begin(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Begun | None:
        begun = self._http.begin(headers, body, timeout_s)
        if begun is not None:
            self._tally.add(headers["x-amz-target"].rpartition(".")[2], body)
        return begun


class _Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        while chunk := self.read():
            yield chunk


def _target(request: AWSPreparedRequest) -> str:
    target = request.headers["X-Amz-Target"]
    return target.decode() if isinstance(target, bytes) else target


def _bytes(request: AWSPreparedRequest) -> bytes:
    body = request.body or b""
    return body if isinstance(body, bytes) else str(body).encode()
