"""AWS Step Functions, by StartExecution: one execution for each entry."""

import json
import re
from collections.abc import Sequence

from comboio.aws.json_api import STEP_FUNCTIONS, AwsError, JsonApi
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.identity import execution_name
from dispatcher.destinations.options import PackOptions, read
from dispatcher.destinations.packing import entry_body
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from dispatcher.trace_context import xray_header

GUARANTEE = (
    "A message starts one execution of a STANDARD state machine in 90 days: the execution's name is the `event_id`, "
    "and a name that exists already means that it was started. A pack's name is made of its messages, so a pack that "
    "is put together differently starts another. EXPRESS has no such names: a message starts at least once an "
    "execution. No order is kept."
)
"""What a user of the routing table may rely on."""

LIMITS = "A call has one entry, an input at most 256 KiB, a name at most 80 characters."
"""Of a call and of an entry. Source: Step Functions API, StartExecution."""

MAX_BYTES = 262_144
PERMANENT = frozenset({"InvalidExecutionInput", "InvalidName"})
HAS_IT = "ExecutionAlreadyExists"
FULL = "ExecutionLimitExceeded"
_MACHINE_ARN = re.compile(r"arn:[a-z0-9-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[^/\s]+")


class StateMachine:
    """One state machine, or a version or alias of it; an execution's input is a message with its ids, or a pack."""

    max_entries = 1
    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, arn: str, api: JsonApi, options: PackOptions) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._compression = options.compression
        self._prefix = f'{{"stateMachineArn":{json.dumps(arn)},'
        self._api = api

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination."""
        text = entry_body(parcels, self._compression)
        trace = xray_header(parcels[0].traceparent) if len(parcels) == 1 else None
        header = f'"traceHeader":"{trace}",' if trace else ""
        wire = f'{self._prefix}"name":"{execution_name(parcels)}",{header}"input":{json.dumps(text)}}}'
        return Encoded(wire, len(text.encode()))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        return [self._start(entry.wire.encode(), timeout_s) for entry in entries]

    def _start(self, wire: bytes, timeout_s: float) -> Fault | None:
        try:
            answer = self._api.call("StartExecution", wire, tries=1, timeout_s=timeout_s)
        except AwsError as error:
            if error.code == HAS_IT:
                return None
            full = error.code == FULL
            return Fault(FaultKind.THROTTLED, str(error)) if full else fault_of(error, PERMANENT)
        if not answer.get("executionArn"):
            return Fault(FaultKind.TRANSIENT, "states StartExecution: the answer names no execution")
        return None


def machine(name: str, spec: DestinationSpec, clients: Clients) -> StateMachine:
    """Make the destination of `type = "step_functions"`; `target` is the state machine's ARN."""
    if not _MACHINE_ARN.fullmatch(spec.target):
        raise ValueError(
            f"target: it must be the ARN of a state machine, or of a version or alias of one, not {spec.shown()}"
        )
    return StateMachine(name, spec.target, clients(STEP_FUNCTIONS), read(PackOptions, spec))
