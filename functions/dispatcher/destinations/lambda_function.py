"""AWS Lambda, by asynchronous Invoke: many messages an invocation."""

import re
from collections.abc import Sequence

from pydantic import Field

from comboio.aws.json_api import AwsError
from comboio.aws.lambda_function import FunctionClient, invoke_service
from comboio.contract.pack import PACK_END, PACK_START, pack_text
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.packing import message_json
from dispatcher.fault import Fault
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A message arrives at least once, in no order (Lambda queues invocations, and may repeat one). The event is a "
    "pack, whether or not the route packs: one call has as many entries as fit."
)
"""What a user of the routing table may rely on."""

LIMITS = "An event has at most 1 MB. Lambda takes all messages of a call, or none."
"""Of a call and of an entry. Source: Lambda API, Invoke."""

MAX_BYTES = 1_000_000 - len(PACK_START) - len(PACK_END)
PERMANENT = frozenset(
    {"InvalidRequestContentException", "RequestTooLargeException", "SerializedRequestEntityTooLargeException"}
)
FUNCTION_NAME = re.compile(
    r"(arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:)?[A-Za-z0-9_-]{1,140}(:(\$LATEST|[A-Za-z0-9_-]+))?"
)


class LambdaOptions(Options):
    """Options of `lambda`."""

    max_messages: int = Field(1000, ge=1, le=10_000, description="Maximum entries in one invocation.")


class LambdaFunction:
    """One function, or a version or alias of it."""

    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, function: FunctionClient, options: LambdaOptions) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self.max_entries = options.max_messages
        self._function = function

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination; the size is with the comma behind it."""
        text = ",".join(map(message_json, parcels))
        return Encoded(text, len(text.encode()) + 1)

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        try:
            self._function.start(pack_text(entry.wire for entry in entries).encode(), timeout_s)
        except AwsError as error:
            return [fault_of(error, PERMANENT)] * len(entries)
        return [None] * len(entries)


def function(name: str, spec: DestinationSpec, clients: Clients) -> LambdaFunction:
    """Make the destination of `type = "lambda"`; `target` is the function's name or ARN, with `:alias` if wanted."""
    if not FUNCTION_NAME.fullmatch(spec.target):
        raise ValueError(f"target: it must be the name or the ARN of a function, not {spec.shown()}")
    options = read(LambdaOptions, spec)
    return LambdaFunction(name, FunctionClient(clients(invoke_service(spec.target))), options)
