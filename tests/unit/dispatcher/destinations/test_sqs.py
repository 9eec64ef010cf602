"""What goes to SQS over the wire, and what its answers mean."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.http import Answer
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations import sqs
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from tests.support.dispatcher import FakeQueue, parcel, payload, route, taken

URL = "https://sqs/queue"


def standard(queue: FakeQueue, **options: Any) -> sqs.SqsQueue:
    """Return a standard queue at the other end."""
    return sqs.standard("a", DestinationSpec(type="sqs", target=URL, **options), lambda service: queue.api)


def fifo(queue: FakeQueue) -> sqs.SqsQueue:
    """Return a FIFO queue at the other end."""
    return sqs.fifo("a", DestinationSpec(type="sqs_fifo", target=URL + ".fifo"), lambda service: queue.api)


def entries(destination: sqs.SqsQueue, *together: list[Parcel]) -> list[Entry]:
    """Return an entry for each list of parcels."""
    return [Entry(parcels, *destination.make(parcels)) for parcels in together]


def kinds(faults: list[Fault | None]) -> list[FaultKind | None]:
    """Return the kinds of some faults."""
    return [fault.kind if fault else None for fault in faults]


def attributes(sent: dict[str, Any]) -> dict[str, str]:
    """Return the attributes of a sent message."""
    return {name: value["StringValue"] for name, value in sent["MessageAttributes"].items()}


ODD = [
    payload(),
    payload(note='quote " backslash \\ slash / é \U0001f69a'),
    payload(note="\u0000\u001f\u007f\u2028"),
    payload() + b" \n\t",
    json.dumps(json.loads(payload(note="é \uffff \U0001f69a")), ensure_ascii=False).encode(),
]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_a_message_arrives_as_it_came(value: bytes) -> None:
    """The body is the payload character for character, whatever is in it, and the ids go along."""
    queue = FakeQueue()
    destination = standard(queue)
    one = parcel(7, value=value)
    one.traceparent = "00-abc-01"
    (entry,) = entries(destination, [one])
    assert destination.send([entry]) == [None]
    (sent,) = queue.kept
    assert queue.calls[0]["QueueUrl"] == URL
    assert sent["MessageBody"].encode() == value
    assert attributes(sent) == {"deduplication_id": one.record.id, "correlation_id": "c-7", "traceparent": "00-abc-01"}
    assert entry.size >= len(value) + sum(len(name) + len(text) for name, text in attributes(sent).items())


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=10), max_size=3), st.booleans())
def test_any_payload_travels_alone_and_packed(more: dict[str, str], ascii_only: bool) -> None:
    """Whatever JSON text is in a payload, the call is JSON, and the message comes out of it as it went in."""
    queue = FakeQueue()
    destination = standard(queue)
    value = json.dumps({"x": more}, ensure_ascii=ascii_only).encode()
    way = route(pack=3)
    single, packed = [parcel(1, value=value)], [parcel(2, way, value), parcel(3, way, value)]
    assert destination.send(entries(destination, single, packed)) == [None, None]
    alone, pack = queue.kept
    assert alone["MessageBody"].encode() == value
    assert [message["message"] for message in json.loads(pack["MessageBody"])["messages"]] == [{"x": more}] * 2


def test_a_size_is_counted_in_bytes() -> None:
    """An entry's size is what SQS counts: the body in UTF-8, and names, types and values of its attributes."""
    value = json.dumps({"x": "é" * 1_000}, ensure_ascii=False).encode()
    for way in (route(), route(pack=2)):
        queue = FakeQueue()
        destination = standard(queue)
        (entry,) = entries(destination, [parcel(1, way, value)])
        destination.send([entry])
        body = len(queue.kept[0]["MessageBody"].encode())
        extra = sum(len(name) + len("String") + len(text) for name, text in attributes(queue.kept[0]).items())
        assert entry.size == body + extra


def test_a_fifo_message_has_its_group_and_its_id() -> None:
    """A FIFO queue hears the key as the group and the event's id against duplicates."""
    queue = FakeQueue()
    destination = fifo(queue)
    way = route(ordering="key")
    a, b = parcel(1, way, token=5), parcel(2, way, token=6)
    destination.send(entries(destination, [a], [b]))
    assert [(sent["MessageGroupId"], sent["MessageDeduplicationId"]) for sent in queue.kept] == [
        ("k5", "e-1"),
        ("k6", "e-2"),
    ]


def test_a_fifo_target_is_one() -> None:
    """A standard queue's URL is refused for an ordered destination."""
    with pytest.raises(ValueError, match=r"\.fifo"):
        sqs.fifo("a", DestinationSpec(type="sqs_fifo", target=URL), lambda service: FakeQueue().api)


@pytest.mark.parametrize("concurrency", [0, -1, "8", 1.5, True, None])
def test_a_wrong_concurrency_is_refused(concurrency: object) -> None:
    """Calls at a time are a whole number from 1."""
    with pytest.raises(ValueError, match="concurrency"):
        standard(FakeQueue(), concurrency=concurrency)


def test_an_unknown_option_is_refused() -> None:
    """A misspelt option is no silent default."""
    with pytest.raises((TypeError, ValueError), match="concurency"):
        standard(FakeQueue(), concurency=3)


def answered(answer: Answer, number: int = 3) -> list[Fault | None]:
    """Return what a call of some entries comes to with that answer."""
    destination = standard(FakeQueue(lambda entries: answer))
    return destination.send(entries(destination, *([parcel(offset)] for offset in range(number))))


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
def test_each_entry_has_its_own_answer() -> None:
    """A failure is its own entry's: the sender's fault for good, the service's for now, throttling never for good."""
    failed = [
        {"Id": "1", "SenderFault": True, "Code": "InvalidMessageContents", "Message": "chars"},
        {"Id": "2", "SenderFault": False, "Code": "InternalError"},
        {"Id": "3", "SenderFault": True, "Code": "RequestThrottled"},
    ]
    faults = answered(taken([{"Id": str(number)} for number in range(4)], failed), 4)
    assert kinds(faults) == [None, FaultKind.PERMANENT, FaultKind.TRANSIENT, FaultKind.THROTTLED]


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(500, b""), FaultKind.TRANSIENT),
        (Answer(503, b"<html>"), FaultKind.TRANSIENT),
        (Answer(400, b'{"__type":"com.amazonaws.sqs#RequestThrottled"}'), FaultKind.THROTTLED),
        (Answer(429, b""), FaultKind.THROTTLED),
        (Answer(400, b'{"__type":"com.amazonaws.sqs#InvalidMessageContents"}'), FaultKind.PERMANENT),
        (Answer(400, b'{"__type":"com.amazonaws.sqs#BatchRequestTooLong"}'), FaultKind.PERMANENT),
        (Answer(400, b'{"__type":"com.amazonaws.sqs#InvalidParameterValue"}'), FaultKind.TRANSIENT),
        (Answer(400, b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}'), FaultKind.TRANSIENT),
        (Answer(403, b'{"__type":"AccessDenied"}'), FaultKind.TRANSIENT),
    ],
)
def test_a_call_that_fails_fails_all_its_entries(answer: Answer, kind: FaultKind) -> None:
    """Only what speaks of the messages is for good: a missing queue or permission is waited for, and buries nothing."""
    assert kinds(answered(answer)) == [kind] * 3


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize("body", [b"", b"{}", b'{"Successful":[]}', b'{"Successful":null,"Failed":null}', b"<html>"])
def test_an_answer_that_does_not_speak_of_an_entry_proves_nothing(body: bytes) -> None:
    """A success that names nothing, as of some proxy, is no success: the entries come again."""
    assert kinds(answered(Answer(200, body))) == [FaultKind.TRANSIENT] * 3


def test_a_standard_queue_may_be_fair() -> None:
    """Messages of a tenant share a group, whatever characters its name has; those without one have none."""
    queue = FakeQueue()
    destination = standard(queue, group="value.truck_id")
    values = [payload(truck_id="T-1"), payload(truck_id="é " * 100), b"{}"]
    assert (
        destination.send(entries(destination, *([parcel(n, value=each)] for n, each in enumerate(values))))
        == [None] * 3
    )
    first, odd, none = (sent.get("MessageGroupId") for sent in queue.kept)
    assert first == "T-1"
    assert odd is not None and len(odd) <= 128 and odd.isascii()
    assert none is None
    assert all("MessageDeduplicationId" not in sent for sent in queue.kept)


def test_a_group_is_only_for_standard_queues_and_a_field() -> None:
    """A FIFO queue's groups are the keys, and a path that is wrong is named."""
    spec = DestinationSpec.model_validate({"type": "sqs_fifo", "target": URL + ".fifo", "group": "key"})
    with pytest.raises(ValueError, match=r"group: .*FIFO"):
        sqs.fifo("a", spec, lambda service: FakeQueue().api)
    with pytest.raises(ValueError, match=r"group: .*array"):
        standard(FakeQueue(), group="a[0]")
