"""The stage that encodes refuses what does not match, and the others go on in their order."""

import os

from comboio.errors import InvalidDataError
from producer.message.event_id import EventIds
from producer.message.forwarding import Forwarding
from producer.schema.encode import NoMatchError
from producer.schema.encoding import Encoding
from producer.source.reading import Reading, Readings


def encode(value: bytes) -> bytes:
    """Refuse what begins with `-`."""
    if value.startswith(b"-"):
        raise NoMatchError("speed", "it is not what it should be")
    return b"\0" + value


def test_what_does_not_match_is_refused_whole_and_the_others_keep_their_order() -> None:
    """With its topic for a place; ids, keys and values stay together."""
    refused: list[tuple[str, bytes, str]] = []

    def refuse(reading: Reading, error: InvalidDataError) -> None:
        refused.append((reading.truck_id, reading.payload, str(error)))

    readings = [Reading(0, f"k{n}", "", event_id=f"u-{n}", payload=text) for n, text in enumerate((b"a", b"-b", b"c"))]
    stages = Encoding(Forwarding(EventIds(os.urandom), "events"), {"events": encode})
    found = stages.messages(Readings.of(readings), 1_000, refuse)
    assert found.values == [b"\0a", b"\0c"]
    assert (found.keys, found.event_ids) == ([b"k0", b"k2"], ["u-0", "u-2"])
    assert refused == [("events", b"-b", "malformed: speed: it is not what it should be")]
    assert len(stages.messages(Readings.of([]), 1_000, refuse)) == 0
