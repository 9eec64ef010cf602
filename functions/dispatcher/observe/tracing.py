"""The phases of a batch as X-Ray subsegments: claim, admit, send, settle.

They are sent for invocations that Lambda samples, and directly to its daemon: the X-Ray SDK, which Powertools' Tracer
needs, takes 0.3 s to import in the first sampled batch, mostly the very first (docs/adr/0016-observability.md).
"""

import json
import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple, Protocol

from comboio.contract.redispatch import RedispatchAnswer
from comboio.invocation import Invocation
from dispatcher.observe.reporter import Reporter
from dispatcher.parcel import Parcel
from dispatcher.response import DrainAnswer, Response
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivered

Phase = Callable[[str], AbstractContextManager[None]]
"""Returns a context manager that traces the phase of this name."""

HEADER = b'{"format":"json","version":1}\n'
"""Precedes each document (X-Ray developer guide, "Sending trace data to AWS X-Ray")."""


class Dispatches(Protocol):
    """Takes a batch all the way: the dispatcher, or who has it traced."""

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        """See Dispatcher."""
        ...


class Drains(Protocol):
    """Drains batches of the hold queue: the drainer, or who has it traced."""

    def drain(self, event: Mapping[str, Any], invocation: Invocation) -> DrainAnswer:
        """See Drainer."""
        ...


class Redispatches(Protocol):
    """Dispatches dead letters again."""

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> RedispatchAnswer:
        """See Redispatch."""
        ...


Sent = Callable[[Sequence[Parcel], Delivered, Outlets], None]
"""Is told of each round of sending: what was sent, what it came to, and by which table."""


def unseen(_parcels: Sequence[Parcel], _delivered: Delivered, _outlets: Outlets) -> None:
    """Tell nobody of a round."""


class ReplayTraces(NamedTuple):
    """Where the dispatcher is looked at while it dispatches dead letters."""

    phase: Phase
    """Is entered with the sending."""
    sent: Sent
    wrap: Callable[[Redispatches], Redispatches]
    """Stands around the whole."""


class Traces(NamedTuple):
    """Where the dispatcher is looked at."""

    phase: Phase
    """Is entered with each phase."""
    reporter: Reporter
    """Is told of each batch."""
    wrap: Callable[[Dispatches], Dispatches]
    """Stands around the whole."""
    replays: ReplayTraces


class DrainTraces(NamedTuple):
    """Where the drainer is looked at."""

    phase: Phase
    """Is entered with each round's sending."""
    sent: Sent
    reporter: Reporter
    """Is told of each invocation."""
    wrap: Callable[[Drains], Drains]
    """Stands around the whole."""


def no_drain_traces(reporter: Reporter) -> DrainTraces:
    """Return nothing but the reporter: X-Ray has no subsegments of the drainer."""
    return DrainTraces(untraced, unseen, reporter, lambda drainer: drainer)


def xray_traces(environ: Mapping[str, str], reporter: Reporter) -> Traces:
    """Return the phases that Lambda's environment asks for, and nothing else."""
    replays = ReplayTraces(untraced, unseen, lambda redispatch: redispatch)
    return Traces(phases(environ), reporter, lambda dispatcher: dispatcher, replays)


def untraced(_name: str) -> AbstractContextManager[None]:
    """Trace nothing."""
    return nullcontext()


def phases(environ: Mapping[str, str], send: Callable[[bytes], Any] | None = None) -> Phase:
    """Return the phases that Lambda's environment asks for: untraced without a daemon, or with Powertools' switch off.

    `send` sends a document to the daemon; over UDP unless given.
    """
    host, _, port = environ.get("AWS_XRAY_DAEMON_ADDRESS", "").rpartition(":")
    if not host or not port.isdigit() or environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in ("1", "true"):
        return untraced
    say = send or _to(host, int(port))

    def phase(name: str) -> AbstractContextManager[None]:
        trace = dict(part.partition("=")[::2] for part in environ.get("_X_AMZN_TRACE_ID", "").split(";"))
        if trace.get("Sampled") != "1" or not trace.get("Root") or not trace.get("Parent"):
            return nullcontext()
        return _subsegment(name, trace["Root"], trace["Parent"], say)

    return phase


@contextmanager
def _subsegment(name: str, root: str, parent: str, send: Callable[[bytes], Any]) -> Iterator[None]:
    document: dict[str, Any] = {
        "name": name,
        "id": f"{random.getrandbits(64):016x}",
        "trace_id": root,
        "parent_id": parent,
        "type": "subsegment",
        "start_time": time.time(),
    }
    try:
        yield
    except BaseException:
        document["fault"] = True
        raise
    finally:
        send(HEADER + json.dumps({**document, "end_time": time.time()}).encode())


def _to(host: str, port: int) -> Callable[[bytes], None]:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)

    def send(document: bytes) -> None:
        try:
            udp.sendto(document, (host, port))
        except OSError:
            return  # a trace is not worth a failed batch

    return send
