"""A service as the HTTP side of it: remembers what it was sent, answers by a script."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from hypothesis import strategies as st

from comboio.aws.http import Answer, UnreachableError
from comboio.aws.json_api import JsonApi, Service
from comboio.aws.sigv4 import Credentials
from comboio.contract.unpack import Message
from comboio.contract.unpack import read as read_pack
from comboio.routing.table import RoutingTable
from dispatcher.destinations import build
from dispatcher.destinations.destination import Destination
from dispatcher.destinations.entry import Entry
from dispatcher.destinations.options import read
from dispatcher.destinations.webhook.authorization import fixed
from dispatcher.destinations.webhook.webhook import Webhook, WebhookOptions
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from dispatcher.send.key_order import Lanes
from tests.support.dispatcher import parcel, payload, route
from tests.support.packed import packed

TARGETS = {
    "sqs": "https://sqs/queue",
    "sqs_fifo": "https://sqs/queue.fifo",
    "sns": "arn:aws:sns:us-east-1:000000000000:topic",
    "sns_fifo": "arn:aws:sns:us-east-1:000000000000:topic.fifo",
    "eventbridge": "fleet",
    "kinesis": "stream",
    "firehose": "stream",
    "lambda": "arn:aws:lambda:us-east-1:000000000000:function:receiver:live",
    "step_functions": "arn:aws:states:us-east-1:000000000000:stateMachine:machine",
    "webhook": "https://receiver.example/telemetry",
}
"""A target of each kind that speaks HTTP by our own transport, and takes messages as they are."""

UNLIKE = {"dynamodb", "s3", "python", "kafka"}
"""Kinds that are tested by themselves: an item of one message, an object by boto3, a function without a wire, and a
topic by a client of its own."""

LIMITED_IDS = {
    "MessageDeduplicationId": r"[!-~]{1,128}",
    "MessageGroupId": r"[!-~]{1,128}",
    "PartitionKey": r"[!-~]{1,256}",
    "name": r"[A-Za-z0-9_-]{1,80}",
}
"""Ids that services bound, with what their API references allow."""


@dataclass
class Wire:
    """Answers each POST by `reply`; an exception is raised instead."""

    reply: Callable[[bytes], Answer | Exception] = lambda body: Answer(200, b"{}")
    host: str = "service.example"
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    timeouts: list[float | None] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        self.posted.append((headers, body))
        self.timeouts.append(timeout_s)
        answer = self.reply(body)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def clients(self, service: Service) -> JsonApi:
        """Clients whose calls all come here."""
        self.services.append(service)
        return JsonApi(service, "us-east-1", lambda: Credentials("A", "s"), self, sleep=lambda _: None)


def destination(kind: str, wire: Wire, **options: object) -> Destination:
    """Return a destination of the kind, as the routing table makes it."""
    spec = {"type": kind, "target": TARGETS[kind], **options}
    way = {"to": ["a"], "pack": 2} if "compression" in options else {"to": ["a"]}
    table = RoutingTable.model_validate({"version": 1, "destinations": {"a": spec}, "default": way})
    made = build(table, wire.clients)["a"]
    if isinstance(made, Webhook):
        return Webhook("a", wire, fixed("Bearer x"), read(WebhookOptions, table.destinations["a"]))
    return made


def entries(where: Destination, *together: Sequence[Parcel]) -> list[Entry]:
    """Return an entry for each group of parcels."""
    return [Entry(parcels, *where.make(parcels)) for parcels in together]


def some(number: int) -> list[list[Parcel]]:
    """Return groups of one parcel."""
    return [[parcel(offset, value=payload())] for offset in range(number)]


def kinds(faults: Sequence[Fault | None]) -> list[FaultKind | None]:
    """Return the kinds of some faults."""
    return [fault.kind if fault else None for fault in faults]


UNREACHABLE = UnreachableError("service.example: TimeoutError")


def unescaped(**fields: Any) -> bytes:
    """Return a payload whose text is UTF-8 as it is, so that bytes and characters differ."""
    return json.dumps(json.loads(payload(**fields)), ensure_ascii=False).encode()


NOTES = st.text(st.characters(codec="utf-8"), max_size=30) | st.integers(0, 400_000).map("é".__mul__)
LOADS = st.lists(st.tuples(NOTES, st.integers(0, 3), st.sampled_from([1, 1, 3, 50]), st.booleans()), max_size=25).map(
    lambda rows: [
        parcel(
            offset,
            route(f"pack-{many}", ordering="key" if ordered else "none", pack=many),
            unescaped(event_id=f"e-{offset}", note=note),
            key if ordered else None,
        )
        for offset, (note, key, many, ordered) in enumerate(rows)
    ]
)
"""Parcels of a few keys and routes, some of them larger than services take."""


def calls(where: Destination, load: Sequence[Parcel]) -> tuple[list[list[Entry]], list[Parcel]]:
    """Return the calls that a load comes to if all goes well, and what is too large for any."""
    made, refused = packed(load, where.make, where.max_entry_bytes)
    lanes = Lanes(made)
    found = []
    while call := lanes.take(where.max_entries, where.max_bytes):
        found.append(call)
        for entry in call:
            lanes.through(entry)
    return found, [one for one, _ in refused]


def opened(kind: str, body: bytes) -> list[tuple[int, list[Message]]]:
    """Return what the service finds in a call: each entry's size, as its documentation counts it, and its messages."""
    if kind in ("sns", "sns_fifo"):
        return [_with_attributes(entry, entry["Message"]) for entry in sns_entries(body)]
    call = json.loads(body)
    if kind in ("sqs", "sqs_fifo"):
        return [_with_attributes(entry, entry["MessageBody"]) for entry in call["Entries"]]
    if kind == "eventbridge":
        return [
            (sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail")), _read(entry["Detail"]))
            for entry in call["Entries"]
        ]
    if kind in ("kinesis", "firehose"):
        records = [(base64.b64decode(each["Data"]), each.get("PartitionKey", "")) for each in call["Records"]]
        return [(len(data) + len(key.encode()), _read(data)) for data, key in records]
    if kind == "step_functions":
        return [(len(call["input"].encode()), _read(call["input"]))]
    return [(len(body), _read(body))]


def sns_entries(body: bytes) -> list[dict[str, Any]]:
    """Return the entries of a form as boto3 would be given them."""
    form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}
    found: dict[int, dict[str, Any]] = {}
    for name, value in form.items():
        if not name.startswith("PublishBatchRequestEntries.member."):
            continue
        _, _, number, *path = name.split(".")
        entry = found.setdefault(int(number), {"MessageAttributes": {}})
        if len(path) == 1:
            entry[path[0]] = value
        else:
            entry["MessageAttributes"].setdefault(path[2], {})[path[-1]] = value
    for entry in found.values():
        entry["MessageAttributes"] = {each.pop("Name"): each for each in entry["MessageAttributes"].values()}
    return [found[number] for number in range(1, len(found) + 1)]


def _with_attributes(entry: Mapping[str, Any], text: str) -> tuple[int, list[Message]]:
    attributes = entry["MessageAttributes"]
    extra = sum(len(name) + len(each["DataType"]) + len(each["StringValue"]) for name, each in attributes.items())
    return len(text.encode()) + extra, list(read_pack(text, attributes))


def _read(body: str | bytes) -> list[Message]:
    return list(read_pack(body))
