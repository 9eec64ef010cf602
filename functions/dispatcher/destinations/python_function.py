"""Your own Python function in the dispatcher's process: the ledger, order, retries and dead letters without a hop."""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from pydantic import Field

from comboio.contract.unpack import Message, read
from comboio.errors import InvalidDataError
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.options import Options
from dispatcher.destinations.options import read as read_options
from dispatcher.destinations.packing import message_json
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A message is given to the function at least once, in order of its key where the route keeps one. Returning is "
    "success; what the function raises fails all messages of the call, and an exception in the list that it returns "
    "fails one. `comboio.InvalidDataError` makes a dead letter at once."
)
"""What a user of the routing table may rely on."""

LIMITS = (
    "A call has at most `max_messages` entries. The function must return within the time of the batch: nothing can "
    "stop it, and what it has not returned by then is tried again."
)
"""Of a call and of an entry."""

MAX_BYTES = 256 * 1024 * 1024
"""More than a batch ever has: memory is the limit."""

TARGET = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)")

Handle = Callable[[list[Message]], Any]
"""Takes messages. Returns None, a list with None or an exception for each of them, or `batchItemFailures` as Lambda has
them, with the messages' ids."""


class PythonOptions(Options):
    """Options of `python`."""

    concurrency: int = Field(
        1, ge=1, le=64, description="Maximum calls side by side; above 1 the function needs locks."
    )
    max_messages: int = Field(1000, ge=1, le=10_000, description="Maximum entries in one call.")


class PythonFunction:
    """One function."""

    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, target: str, handle: Handle, options: PythonOptions) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self.max_entries = options.max_messages
        self._target = target
        self._handle = handle

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination."""
        text = f"[{','.join(map(message_json, parcels))}]"
        return Encoded(text, len(text))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination; nothing can stop a function, so it may take longer than it has."""
        del timeout_s
        groups = [list(read(entry.wire)) for entry in entries]
        messages = [message for group in groups for message in group]
        try:
            failures = self._failures(self._handle(list(messages)), messages)
        except BaseException as error:
            return [self._fault(error)] * len(entries)
        coming = iter(failures)
        return [_worst([next(coming) for _ in group]) for group in groups]

    def _failures(self, returned: Any, messages: Sequence[Message]) -> list[Fault | None]:
        if returned is None:
            return [None] * len(messages)
        if isinstance(returned, Mapping):
            failed = {str(each["itemIdentifier"]) for each in returned["batchItemFailures"]}
            if unknown := failed - {message.id for message in messages}:
                raise ValueError(f"{len(unknown)} item identifiers that are not the id of a message")
            told = Fault(FaultKind.TRANSIENT, f"python {self._target}: named in batchItemFailures")
            return [told if message.id in failed else None for message in messages]
        if not isinstance(returned, list | tuple) or len(returned) != len(messages):
            raise TypeError("returned neither None nor an element for each message")
        if wrong := [each for each in returned if each is not None and not isinstance(each, BaseException)]:
            raise TypeError(f"returned a {type(wrong[0]).__name__} where None or an exception belongs")
        return [None if each is None else self._fault(each) for each in returned]

    def _fault(self, error: BaseException) -> Fault:
        """Return what an exception means; its text stays out, as it may quote a message."""
        trace, line = error.__traceback__, ""
        while trace is not None:
            line = f", line {trace.tb_lineno} of {trace.tb_frame.f_code.co_name}"
            trace = trace.tb_next
        kind = FaultKind.PERMANENT if isinstance(error, InvalidDataError) else FaultKind.TRANSIENT
        return Fault(kind, f"python {self._target}: {type(error).__name__}{line}")


def _worst(faults: Sequence[Fault | None]) -> Fault | None:
    return max((fault for fault in faults if fault), key=lambda fault: fault.kind, default=None)


def function(name: str, spec: DestinationSpec, clients: Clients) -> PythonFunction:
    """Make the destination of `type = "python"`; `target` is `package.module:function`."""
    del clients
    found = TARGET.fullmatch(spec.target)
    if found is None:
        raise ValueError(f"target: it must name a function as `package.module:function`, not {spec.shown()}")
    try:
        handle = getattr(import_module(found[1]), found[2])
    except BaseException as error:  # a module may raise anything, and must not end the function
        raise ValueError(
            f"target: {spec.shown()} cannot be imported ({type(error).__name__}). Put its package into the function or "
            "into a layer"
        ) from None
    if not callable(handle):
        raise ValueError(f"target: {spec.shown()} is not a function")
    return PythonFunction(name, spec.target, handle, read_options(PythonOptions, spec))
