"""AWS Step Functions, by StartExecution: one execution for each entry.

Guarantee: on a STANDARD state machine a message starts one execution in 90 days, as its name is the `event_id` and a
name that was taken is an answer as good as any; a pack's name is made of its messages, so a pack put together anew
starts another. EXPRESS knows no names: at least once. No order.
Limits (Step Functions API, StartExecution): one entry a call, 256 KiB of input, a name of 80 characters.
"""

import json
import re
from collections.abc import Sequence

from comboio.aws.json_api import STEP_FUNCTIONS, AwsError, JsonApi
from comboio.routing.table import DestinationSpec
from dispatcher.destinations.destination import Clients, fault_of
from dispatcher.destinations.entry import Entry
from dispatcher.destinations.identity import execution_name
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.packing import entry_body
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from dispatcher.trace_context import xray_header

MAX_BYTES = 262_144
PERMANENT = frozenset({"InvalidExecutionInput", "InvalidName"})
HAS_IT = "ExecutionAlreadyExists"
FULL = "ExecutionLimitExceeded"
_MACHINE = re.compile(r"arn:[a-z0-9-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[^/\s]+")


class StateMachine:
    """One state machine, or a version or alias of it; an execution's input is a message with its ids, or a pack."""

    max_entries = 1
    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, arn: str, api: JsonApi, options: Options) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._prefix = f'{{"stateMachineArn":{json.dumps(arn)},'
        self._api = api

    def make(self, parcels: Sequence[Parcel]) -> tuple[bytes, int]:
        """See Destination."""
        text = entry_body(parcels)
        trace = xray_header(parcels[0].traceparent) if len(parcels) == 1 else None
        header = f'"traceHeader":"{trace}",' if trace else ""
        wire = f'{self._prefix}"name":"{execution_name(parcels)}",{header}"input":{json.dumps(text)}}}'
        return wire.encode(), len(text.encode())

    def send(self, entries: Sequence[Entry]) -> list[Fault | None]:
        """See Destination."""
        return [self._start(entry.wire) for entry in entries]

    def _start(self, wire: bytes) -> Fault | None:
        try:
            answer = self._api.call("StartExecution", wire, tries=1)
        except AwsError as error:
            if error.code == HAS_IT:
                return None
            full = error.code == FULL
            return Fault(FaultKind.THROTTLED, str(error)) if full else fault_of(error, PERMANENT)
        if not answer.get("executionArn"):
            return Fault(FaultKind.TRANSIENT, "states StartExecution: the answer names no execution")
        return None


def machine(name: str, spec: DestinationSpec, clients: Clients) -> StateMachine:
    """`type = "step_functions"`, `target` the state machine's ARN."""
    if not _MACHINE.fullmatch(spec.target):
        raise ValueError(f"target: the ARN of a state machine (of a version, an alias), not {spec.shown()}")
    return StateMachine(name, spec.target, clients(STEP_FUNCTIONS), read(Options, spec))
