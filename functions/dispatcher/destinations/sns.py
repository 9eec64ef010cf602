"""Amazon SNS, standard and FIFO topics, by PublishBatch."""

from collections.abc import Sequence
from urllib.parse import quote_plus

from pydantic import Field

from comboio.aws.json_api import THROTTLES, AwsError, JsonApi, Service
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.identity import deduplication_id, group_name, pack_id
from dispatcher.destinations.options import PackOptions, read
from dispatcher.destinations.packing import packed_body
from dispatcher.destinations.payload.text import attributes, plain_text
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A standard topic takes a message at least once, in no order. A FIFO topic keeps the order of a key, and drops "
    "what it was sent again within 5 minutes: also what a crash made the dispatcher send twice, if unpacked."
)
"""What a user of the routing table may rely on."""

LIMITS = (
    "A call has at most 10 messages, and the topic's MaximumMessageSize (256 KiB unless changed) for a message and "
    "for the call, with the attributes' names, types and values."
)
"""Of a call and of an entry. Source: SNS API, PublishBatch."""

SNS = Service("sns", "", "")
HEADERS = {"content-type": "application/x-www-form-urlencoded"}
CALL = "sns PublishBatch"
PERMANENT = frozenset({"BatchRequestTooLong"})
PERMANENT_ENTRY = PERMANENT | {"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"}
"""In an entry's own failure a wrong parameter is its message; of a whole call it may as well be the topic."""

THROTTLED = THROTTLES | {"Throttled", "KMSThrottling"}
UNANSWERED = Fault(FaultKind.TRANSIENT, f"{CALL}: the answer does not name this entry")


class SnsOptions(PackOptions):
    """Options of `sns` and `sns_fifo`."""

    max_message_kib: int = Field(256, ge=1, le=1024, description="The topic's MaximumMessageSize, in KiB.")


class SnsTopic:
    """One topic; each message carries `deduplication_id`, `correlation_id` and `traceparent` as attributes."""

    max_entries = 10

    def __init__(self, name: str, topic_arn: str, api: JsonApi, options: SnsOptions, *, ordered: bool) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._compression = options.compression
        self.max_bytes = self.max_entry_bytes = options.max_message_kib * 1024
        self._prefix = f"Action=PublishBatch&Version=2010-03-31&TopicArn={quote_plus(topic_arn)}"
        self._api = api
        self._ordered = ordered

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """Return the entry as form fields; `@`, which no encoded value has, stands for its place in the call."""
        first = parcels[0]
        if first.route is None or first.route.pack == 1:
            body, identity = plain_text(first), first.record.id
        else:
            body, identity = packed_body(parcels, self._compression), pack_id(parcels)
        named = attributes(parcels, identity)
        fields = [("Message", body)]
        for number, (name, text) in enumerate(named, 1):
            place = f"MessageAttributes.entry.{number}"
            fields += [
                (f"{place}.Name", name),
                (f"{place}.Value.DataType", "String"),
                (f"{place}.Value.StringValue", text),
            ]
        if self._ordered:
            fields += [("MessageGroupId", group_name(parcels)), ("MessageDeduplicationId", deduplication_id(parcels))]
        size = len(body.encode()) + sum(len(name) + len("String") + len(text) for name, text in named)
        wire = "".join(f"&@.{field}={quote_plus(text, errors='backslashreplace')}" for field, text in fields)
        return Encoded(wire, size)

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        form = [self._prefix]
        for index, entry in enumerate(entries):
            place = f"PublishBatchRequestEntries.member.{index + 1}"
            form.append(f"&{place}.Id={index}{entry.wire.replace('@', place)}")
        try:
            answer = self._api.post("PublishBatch", HEADERS, "".join(form).encode(), timeout_s=timeout_s)
            return _faults(len(entries), answer.status, answer.body)
        except AwsError as error:
            throttled = error.code in THROTTLED
            fault = Fault(FaultKind.THROTTLED, str(error)) if throttled else fault_of(error, PERMANENT)
            return [fault] * len(entries)


def _faults(sent: int, status: int, body: bytes) -> list[Fault | None]:
    """Return what an answer says of each entry; raise AwsError where it is of the whole call, or cannot be read."""
    from xml.etree import ElementTree  # only here: nothing else in the function reads XML

    try:
        answer = ElementTree.fromstring(body)  # noqa: S314 - expat resolves nothing external, and AWS is whom we asked
    except (ElementTree.ParseError, LookupError, ValueError):  # no XML, or in an encoding that nobody reads
        raise AwsError("sns", "PublishBatch", "Unreadable", f"status {status}, but not XML", 0) from None
    if status != 200:
        code, message = answer.findtext(".//{*}Code") or str(status), answer.findtext(".//{*}Message") or ""
        raise AwsError("sns", "PublishBatch", code, message, status)
    places = {str(place): place for place in range(sent)}
    faults: list[Fault | None] = [UNANSWERED] * sent
    for member in answer.iterfind(".//{*}Successful/{*}member"):
        if (place := places.get(member.findtext("{*}Id") or "")) is not None:
            faults[place] = None
    for member in answer.iterfind(".//{*}Failed/{*}member"):
        told = {field.tag.rpartition("}")[2]: field.text or "" for field in member}
        if (place := places.get(told.get("Id", ""))) is not None:
            faults[place] = Fault(_kind(told), f"{CALL}: {told.get('Code')} {told.get('Message', '')}".rstrip())
    return faults


def _kind(told: dict[str, str]) -> FaultKind:
    code = told.get("Code", "")
    if code in THROTTLED:
        return FaultKind.THROTTLED
    permanent = told.get("SenderFault") == "true" and code in PERMANENT_ENTRY
    return FaultKind.PERMANENT if permanent else FaultKind.TRANSIENT


def standard(name: str, spec: DestinationSpec, clients: Clients) -> SnsTopic:
    """Make the destination of `type = "sns"`; `target` is the topic's ARN."""
    if spec.target.endswith(".fifo"):
        raise ValueError(f'target: {spec.shown()} is a FIFO topic. Write type = "sns_fifo"')
    return _topic(name, spec, clients, ordered=False)


def fifo(name: str, spec: DestinationSpec, clients: Clients) -> SnsTopic:
    """Make the destination of `type = "sns_fifo"`; `target` is the topic's ARN."""
    if not spec.target.endswith(".fifo"):
        raise ValueError(f"target: the ARN of a FIFO topic ends with .fifo, and this is {spec.shown()}")
    return _topic(name, spec, clients, ordered=True)


def _topic(name: str, spec: DestinationSpec, clients: Clients, *, ordered: bool) -> SnsTopic:
    if not spec.target.startswith("arn:"):
        raise ValueError(f"target: it must be the ARN of a topic, not {spec.shown()}")
    return SnsTopic(name, spec.target, clients(SNS), read(SnsOptions, spec), ordered=ordered)
