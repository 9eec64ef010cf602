"""A loopback HTTP server in a process of its own that gives canned answers after a latency."""

import asyncio
import multiprocessing
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from bench.dispatcher.canned import answer
from bench.dispatcher.latency import Constant, Latency
from bench.dispatcher.pin import pin
from bench.dispatcher.tally import Counts, Tally


class Notes(Protocol):
    """What a server keeps of its requests."""

    def add(self, action: str, body: bytes) -> None:
        """Note a request that has just come."""
        ...

    def counts(self) -> Any:
        """Return what the noted requests come to, and forget them."""
        ...


@dataclass(frozen=True, slots=True)
class Answers:
    """What a server does with requests; made in the process of the server, so its functions stand in modules."""

    latency: Latency
    notes: Callable[[], Notes] | None = None
    answer: Callable[[str, bytes], bytes] = answer


class Served:
    """The server, as its user sees it."""

    def __init__(self, scheme: str, pipe: Connection) -> None:
        self._pipe = pipe
        self.endpoint = f"{scheme}://127.0.0.1:{pipe.recv()}"

    def counts(self) -> Counts:
        """Count what was asked of it since the last time; only one that was started as `tallied` knows."""
        counts = self.noted()
        assert isinstance(counts, Counts)  # noqa: S101 -- what a Tally counts
        return counts

    def noted(self) -> Any:
        """Return what its notes come to since the last time."""
        self._pipe.send(None)
        found = self._pipe.recv()
        if isinstance(found, Exception):
            raise found
        return found


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
    with serving_as(Answers(latency, Tally if tallied else None), core, certificate) as server:
        yield server


@contextmanager
def serving_as(answers: Answers, core: int | None = None, certificate: Path | None = None) -> Iterator[Served]:
    """Give a server for the length of the context that answers in a way of its own."""
    ours, theirs = multiprocessing.Pipe()
    arguments = (answers, core, certificate, theirs)
    process = multiprocessing.get_context("spawn").Process(target=_run, args=arguments, daemon=True)
    process.start()
    theirs.close()  # else the server's death would go unnoticed
    try:
        yield Served("http" if certificate is None else "https", ours)
    finally:
        ours.close()
        process.join()


def _run(answers: Answers, core: int | None, certificate: Path | None, pipe: Connection) -> None:
    pin(core)
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    asyncio.run(_serve(answers, context, pipe))


async def _serve(answers: Answers, context: ssl.SSLContext | None, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    notes = answers.notes() if answers.notes else None
    server = await loop.create_server(lambda: _Answering(answers, notes), "127.0.0.1", 0, ssl=context)
    pipe.send(server.sockets[0].getsockname()[1])
    alone = asyncio.Event()

    def told() -> None:
        try:
            pipe.recv()
        except EOFError:  # the end of whoever started us
            alone.set()
        else:
            pipe.send(_counts(notes))

    loop.add_reader(pipe.fileno(), told)
    await alone.wait()
    server.close()


def _counts(notes: Notes | None) -> Any:
    """Return what they come to, or why they cannot be read: whoever asked would wait for ever."""
    try:
        return notes.counts() if notes else Counts()
    except Exception as error:
        return error


class _Answering(asyncio.Protocol):
    """One connection; a request at a time, as both clients send them."""

    def __init__(self, answers: Answers, notes: Notes | None) -> None:
        self._latency = answers.latency
        self._answer = answers.answer
        self._notes = notes
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
        if self._notes:
            self._notes.add(action, body)
        reply = self._answer(action, body)
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
