"""Foreign lines become messages as they are."""

import os

from producer.message.event_id import EventIds
from producer.message.forwarding import Forwarding
from producer.source.reading import Reading, Readings


def test_a_line_goes_as_it_is_to_one_topic() -> None:
    """Keyed by its entity; an id that it does not have is made for headers and journal, and not put into it."""
    readings = [Reading(0, "BRA1", "", event_id="u-1", payload=b'{"a": 1}'), Reading(0, "", "", payload=b"PLC")]
    found = Forwarding(EventIds(os.urandom), "vehicle.events").messages(Readings.of(readings), 1_000, lambda *_: None)
    assert (found.topics, found.keys) == (["vehicle.events"] * 2, [b"BRA1", None])
    assert found.values == [b'{"a": 1}', b"PLC"]
    assert found.event_ids[0] == "u-1" != found.event_ids[1]
    assert found.correlation_ids == found.event_ids
    assert len(set(found.traceparents)) == 2
