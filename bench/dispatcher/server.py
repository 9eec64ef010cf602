"""A loopback HTTP server in a process of its own that gives canned answers after a latency."""

import asyncio
import multiprocessing
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from bench.dispatcher.canned import answer
from bench.dispatcher.latency import Constant, Latency
from bench.dispatcher.pin import pin
from bench.dispatcher.tally import Counts, Tally


class Served:
    """The server, as its user sees it."""

    def __init__(self, scheme: str, pipe: Connection) -> None:
        self._pipe = pipe
        self.endpoint = f"{scheme}://127.0.0.1:{pipe.recv()}"

    def counts(self) -> Counts:
        """Count what was asked of it since the last time; only one that was started as `tallied` knows."""
        self._pipe.send(None)
        counts = self._pipe.recv()
        assert isinstance(counts, Counts)  # noqa: S101 -- what _serve sends
        return counts


@contextmanager
def served(latency_s: float, core: int | None = None) -> Iterator[str]:
    """Its endpoint, as long as the context lasts; it runs on `core` where the system allows to choose."""
    with serving(Constant(latency_s), core) as server:
        yield server.endpoint


@contextmanager
def serving(
    latency: Latency, core: int | None = None, certificate: Path | None = None, *, tallied: bool = False
) -> Iterator[Served]:
    """Give the server for the length of the context, over TLS with the key and chain in `certificate`, if given."""
    ours, theirs = multiprocessing.Pipe()
    arguments = (latency, core, certificate, tallied, theirs)
    process = multiprocessing.get_context("spawn").Process(target=_run, args=arguments, daemon=True)
    process.start()
    theirs.close()  # else the server's death would go unnoticed
    try:
        yield Served("http" if certificate is None else "https", ours)
    finally:
        ours.close()
        process.join()


def _run(latency: Latency, core: int | None, certificate: Path | None, tallied: bool, pipe: Connection) -> None:  # noqa: FBT001 -- as Process hands it over
    pin(core)
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    asyncio.run(_serve(latency, context, Tally() if tallied else None, pipe))


async def _serve(latency: Latency, context: ssl.SSLContext | None, tally: Tally | None, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answering(latency, tally), "127.0.0.1", 0, ssl=context)
    pipe.send(server.sockets[0].getsockname()[1])
    alone = asyncio.Event()

    def told() -> None:
        try:
            pipe.recv()
        except EOFError:  # the end of whoever started us
            alone.set()
        else:
            pipe.send(tally.counts() if tally else Counts())

    loop.add_reader(pipe.fileno(), told)
    await alone.wait()
    server.close()


class _Answering(asyncio.Protocol):
    """One connection; a request at a time, as both clients send them."""

    def __init__(self, latency: Latency, tally: Tally | None) -> None:
        self._latency = latency
        self._tally = tally
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- what create_server gives
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        headers = _headers(bytes(self._received[:end]))
        whole = end + 4 + int(headers[b"content-length"])
        if len(self._received) < whole:
            return
        body = bytes(self._received[end + 4 : whole])
        del self._received[:whole]
        action = headers[b"x-amz-target"].strip().decode().rpartition(".")[2]
        if self._tally:
            self._tally.add(action, body)
        reply = answer(action, body)
        text = (
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n"
            b"x-amzn-requestid: 7a8f3b0e-8e5e-5d43-a3a0-6c2f9d1b4e77\r\ncontent-length: %d\r\n\r\n%b"
            % (len(reply), reply)
        )
        if late_s := self._latency():
            asyncio.get_running_loop().call_later(late_s, self._transport.write, text)
        else:
            self._transport.write(text)


def _headers(head: bytes) -> dict[bytes, bytes]:
    """By lower-case name; the first line is the request's."""
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.lower(): value for name, _, value in pairs}
