"""What destinations are sent of payloads that are not JSON, and what a receiver reads of it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract import unpack
from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.destinations import sns, sqs
from dispatcher.destinations.entry import Entry
from dispatcher.destinations.packing import entry_body
from dispatcher.intake.admission import parcel_of
from dispatcher.parcel import Parcel
from tests.support.dispatcher import FakeQueue, record

TABLE = """
version = 2
[message]
format = "raw"
[destinations.a]
type = "sqs"
[[routes]]
name = "gone"
value = "tombstone"
to = ["a"]
pack = {pack}
[default]
to = ["a"]
pack = {pack}
"""


def raw(value: bytes | None, pack: int = 1) -> Parcel:
    """Return a parcel of a raw topic."""
    return parcel_of(record(7, value, b"k-1"), Router(load(TABLE.format(pack=pack), {})))


def from_sqs(parcels: list[Parcel]) -> Iterator[unpack.Message]:
    """Return what a receiver of SQS reads of some parcels that went together."""
    queue = FakeQueue()
    destination = sqs.standard("a", DestinationSpec(type="sqs", target="https://sqs/q"), lambda service: queue.api)
    assert destination.send([Entry(parcels, *destination.make(parcels))]) == [None]
    (sent,) = queue.kept
    return unpack.read(sent["MessageBody"], sent["MessageAttributes"])


def from_sns(parcel: Parcel) -> Iterator[unpack.Message]:
    """Return what a receiver of SNS reads of a parcel."""
    spec = DestinationSpec(type="sns", target="arn:aws:sns:us-east-1:000000000000:t")
    wire = sns.standard("a", spec, lambda service: FakeQueue().api).make([parcel]).body
    fields: dict[str, Any] = dict(parse_qsl(wire.replace("&@.", "&"), keep_blank_values=True))
    named = {
        fields[name]: {"Value": fields[name.removesuffix("Name") + "Value.StringValue"]}
        for name in fields
        if name.endswith(".Name")
    }
    return unpack.read(fields["Message"], named)


VALUES = st.binary(max_size=30) | st.text(max_size=20).map(lambda text: text.encode("utf-8", "ignore"))


def told(value: bytes) -> object:
    """Return what a receiver is told: text where it is text that the services take, else bytes."""
    parcel = raw(value)
    assert parcel.content is not None
    return value if parcel.content.binary else value.decode()


@given(VALUES.filter(bool))
def test_a_raw_payload_arrives_whole(value: bytes) -> None:
    """Alone in SQS or SNS, in a body with its ids, or in a pack: a receiver has the bytes or the text that came."""
    expected = told(value)
    assert [each.message for each in from_sqs([raw(value)])] == [expected]
    assert [each.message for each in from_sns(raw(value))] == [expected]
    assert [each.message for each in unpack.read(entry_body([raw(value)]))] == [expected]
    assert [each.message for each in from_sqs([raw(value, 9), raw(b"x", 9)])] == [expected, "x"]


@pytest.mark.parametrize("pack", [1, 9])
def test_a_tombstone_tells_its_key(pack: int) -> None:
    """Nothing is left of what was deleted but its key, so a receiver gets that."""
    (message,) = from_sqs([raw(None, pack)])
    assert (message.message, message.key, message.id) == (None, "k-1", record(7).id)


def test_text_that_looks_like_json_stays_text() -> None:
    """Nothing looks inside a raw payload, at either end."""
    assert [each.message for each in from_sqs([raw(b'{"comboio_pack": 1}')])] == ['{"comboio_pack": 1}']
