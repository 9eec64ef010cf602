"""A loopback HTTP server in a process of its own that gives canned answers after a latency."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from bench.dispatcher.canned import answer
from bench.dispatcher.pin import pin


@contextmanager
def served(latency_s: float, core: int | None = None) -> Iterator[str]:
    """Its endpoint, as long as the context lasts; it runs on `core` where the system allows to choose."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(latency_s, core, theirs), daemon=True)
    process.start()
    theirs.close()  # else the server's death would go unnoticed
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        ours.close()
        process.join()


def _run(latency_s: float, core: int | None, ready: Connection) -> None:
    pin(core)
    asyncio.run(_serve(latency_s, ready))


async def _serve(latency_s: float, ready: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Answering(latency_s), "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    alone = asyncio.Event()
    asyncio.get_running_loop().add_reader(ready.fileno(), alone.set)  # nothing comes but the end of whoever started us
    await alone.wait()
    server.close()


class _Answering(asyncio.Protocol):
    """One connection; a request at a time, as both clients send them."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
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
        target = headers[b"x-amz-target"].strip().decode()
        reply = answer(target.rpartition(".")[2], body)
        text = (
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n"
            b"x-amzn-requestid: 7a8f3b0e-8e5e-5d43-a3a0-6c2f9d1b4e77\r\ncontent-length: %d\r\n\r\n%b"
            % (len(reply), reply)
        )
        if self._latency_s:
            asyncio.get_running_loop().call_later(self._latency_s, self._transport.write, text)
        else:
            self._transport.write(text)


def _headers(head: bytes) -> dict[bytes, bytes]:
    """By lower-case name; the first line is the request's."""
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.lower(): value for name, _, value in pairs}
