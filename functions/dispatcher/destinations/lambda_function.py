"""AWS Lambda, by asynchronous Invoke: many messages an invocation.

Guarantee: at least once, in no order (Lambda queues invocations, and may repeat one). The event is a pack, whether or
not the route packs: one call has as many entries as fit.
Limits (Lambda API, Invoke): 1 MB of event. All of a call are taken, or none.
"""

import json
import re
from collections.abc import Sequence
from urllib.parse import quote

from pydantic import Field

from comboio.aws.json_api import AwsError, JsonApi, Service
from comboio.routing.table import DestinationSpec
from dispatcher.destinations.destination import Clients, fault_of
from dispatcher.destinations.entry import Entry
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.packing import PACK_END, PACK_START, message_json
from dispatcher.fault import Fault
from dispatcher.parcel import Parcel

LAMBDA = Service("lambda", "", "")
HEADERS = {"content-type": "application/json", "x-amz-invocation-type": "Event"}
MAX_BYTES = 1_000_000 - len(PACK_START) - len(PACK_END)
PERMANENT = frozenset(
    {"InvalidRequestContentException", "RequestTooLargeException", "SerializedRequestEntityTooLargeException"}
)
_FUNCTION = re.compile(
    r"(arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:)?[A-Za-z0-9_-]{1,140}(:(\$LATEST|[A-Za-z0-9_-]+))?"
)


class LambdaOptions(Options):
    """Options of `lambda`."""

    max_messages: int = Field(1000, ge=1, le=10_000, description="Entries in one invocation, at the most.")


class LambdaFunction:
    """One function, or a version or alias of it."""

    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, api: JsonApi, options: LambdaOptions) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self.max_entries = options.max_messages
        self._api = api

    def make(self, parcels: Sequence[Parcel]) -> tuple[str, int]:
        """See Destination; the size is with the comma behind it."""
        text = ",".join(map(message_json, parcels))
        return text, len(text.encode()) + 1

    def send(self, entries: Sequence[Entry]) -> list[Fault | None]:
        """See Destination."""
        body = f"{PACK_START}{','.join(entry.wire for entry in entries)}{PACK_END}".encode()
        try:
            self._invoke(body)
        except AwsError as error:
            return [fault_of(error, PERMANENT)] * len(entries)
        return [None] * len(entries)

    def _invoke(self, body: bytes) -> None:
        answer = self._api.post("Invoke", HEADERS, body)
        if answer.status == 202:
            return
        code = str(answer.headers.get("x-amzn-errortype") or answer.status).partition(":")[0]
        raise AwsError("lambda", "Invoke", code, _message(answer.body), answer.status)


def _message(body: bytes) -> str:
    try:
        fields = json.loads(body)
    except ValueError:
        return "the answer is not JSON"
    return str(fields.get("message") or fields.get("Message") or "") if isinstance(fields, dict) else ""


def function(name: str, spec: DestinationSpec, clients: Clients) -> LambdaFunction:
    """`type = "lambda"`, `target` the function's name or ARN, `:alias` behind it if wished."""
    if not _FUNCTION.fullmatch(spec.target):
        raise ValueError(f"target: the name or the ARN of a function, not {spec.shown()}")
    options = read(LambdaOptions, spec)
    path = f"/2015-03-31/functions/{quote(spec.target, safe='')}/invocations"
    return LambdaFunction(name, clients(LAMBDA._replace(path=path)), options)
