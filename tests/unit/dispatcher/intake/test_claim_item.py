"""The item that an event's claim shares: the same for every copy of the event, whoever sends it and whenever."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.kafka_hash import kafka_hash
from comboio.contract.record import Record
from comboio.message.content import Content
from comboio.message.event_time import written_ms
from dispatcher.intake.claim_item import SHARDS, claim_item
from dispatcher.parcel import Parcel
from tests.support.dispatcher import NOW, route

EVENT = route("r", idempotency="event")
TIMES = st.one_of(
    st.none(),
    st.datetimes(timezones=st.sampled_from([UTC, None])),
    st.datetimes().map(datetime.isoformat),
    st.integers(0, 10_000_000_000_000),
    st.floats(0, 1e13),
)


def parcel(
    event_id: str, time: Any = None, key: bytes | None = b"300:T-1", partition: int = 0, at: int = NOW
) -> Parcel:
    """Return a parcel of an event."""
    record = Record("", f"t-{partition}", "t", partition, 7, at, key, b"{}", [])
    return Parcel(record, "c", EVENT, event_id, content=Content(300, event_id, time=time))


@pytest.mark.robustness("input of any shape")
@given(st.text(max_size=40) | st.uuids().map(str), TIMES, st.none() | st.binary(max_size=40))
def test_any_copy_of_an_event_has_the_same_item(event_id: str, time: Any, key: bytes | None) -> None:
    """Whatever id, time and key an event has, its copy in another partition a day later meets the same item."""
    first = claim_item(parcel(event_id, time, key))
    assert first == claim_item(parcel(event_id, time, key, partition=9, at=NOW + 86_400_000))
    assert first == "" or first.startswith("events#r#")


@given(st.datetimes(datetime.fromisoformat("1980-01-01"), datetime.fromisoformat("2200-01-01")), st.integers(-12, 12))
def test_a_time_counts_however_it_is_written(moment: datetime, hours: int) -> None:
    """ISO 8601 with any offset, a time that was read already, and milliseconds mean the same."""
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    ms = round(moment.timestamp() * 1000)
    assert {written_ms(moment), written_ms(elsewhere.isoformat()), written_ms(moment.replace(tzinfo=None))} == {ms}
    assert written_ms(ms) == ms


def test_an_id_of_version_7_goes_before_the_payload() -> None:
    """Where the id has its own time, that of the payload does not matter; in upper case neither."""
    event_id = "019aca41-7d3a-7b5e-9a51-000000000012"
    assert claim_item(parcel(event_id, "2001-01-01")) == claim_item(parcel(event_id.upper(), 5)) != ""
    assert claim_item(parcel(event_id[:14] + "4" + event_id[15:])) == ""


def test_the_events_of_a_second_do_not_all_share_an_item() -> None:
    """A sender whose times have no fractions spreads over the second's items as others do."""
    items = Counter(
        claim_item(parcel(f"e-{number}", "2026-11-22T15:00:00Z", b"k%d" % number)) for number in range(12_000)
    )
    assert len(items) == 19 * SHARDS and max(items.values()) < 100


@pytest.mark.parametrize("partitions", [1, 12])
def test_a_batch_of_one_partition_fills_items_as_one_of_all_does(partitions: int) -> None:
    """10,000 records of 0.8 s from 12 partitions, or of 9 s from one: some 20 claim writes for 1,000 messages."""
    per_ms = 13 / 12 * partitions
    keys = [key for key in (b"300:T-%d" % n for n in range(30_000)) if kafka_hash(key) % 12 < partitions]
    items = set()
    for number in range(10_000):
        ms = NOW + int(number / per_ms)
        event_id = f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7000-8000-{number:012x}"
        items.add(claim_item(parcel(event_id, key=keys[number * 7919 % len(keys)])))
    assert len(items) <= 225
