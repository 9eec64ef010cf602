"""Which messages a producer has followed."""

import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds, traceparent
from producer.message.forwarding import Forwarding
from producer.message.message import MessageBatch, OutgoingMessage
from producer.message.trace_sampling import TraceSampling
from producer.source.reading import Reading, Readings

_LEAST = 0.0001


@given(st.lists(st.integers(0, 300), max_size=30), st.floats(_LEAST, 1), st.floats(0, 1, exclude_max=True))
def test_the_share_is_kept_whatever_the_batches(sizes: list[int], ratio: float, chance: float) -> None:
    """Over all batches, one more or less than the share is marked, and the places are those that are marked."""
    sampling = TraceSampling(ratio, lambda: chance)
    marked = 0
    for size in sizes:
        traceparents = [traceparent(f"{number}") for number in range(size)]
        before = list(traceparents)
        places = sampling.mark(traceparents)
        assert sorted({*places}) == list(places)
        assert [place for place, text in enumerate(traceparents) if text.endswith("-01")] == list(places)
        assert [text[:-3] for text in traceparents] == [text[:-3] for text in before]
        marked += len(places)
    assert abs(marked - sum(sizes) * ratio) <= 1


def test_they_are_spread_evenly() -> None:
    """One in ten is every tenth, across batches too."""
    sampling = TraceSampling(0.1, lambda: 0.0)
    places: list[int] = []
    for start in range(0, 100, 25):
        places += [start + place for place in sampling.mark([traceparent("x")] * 25)]
    assert {later - earlier for earlier, later in pairwise(places)} == {10}


@pytest.mark.parametrize(("ratio", "marked"), [(0.0, 0), (1.0, 50)])
def test_none_and_all(ratio: float, marked: int) -> None:
    """0 follows no message, and 1 each."""
    assert len(TraceSampling(ratio, lambda: 0.5).mark([traceparent("x")] * 50)) == marked


def test_by_default_no_trace_is_sampled() -> None:
    """A message has a trace id, and nobody is asked to record it."""
    readings = Readings.of([Reading(300, "T-1", "", '"a":1', event_id="e")])
    built = MessageBuilder(EventIds(os.urandom), 0).build(readings, 0)
    assert built.traceparents[0].endswith("-00")


def test_a_line_as_it_is_can_be_followed() -> None:
    """What is forwarded is sampled as what is built is, and the batch knows which."""
    readings = Readings.of([Reading(0, "BRA1", "", event_id=f"u-{number}", payload=b"{}") for number in range(4)])
    forwarding = Forwarding(EventIds(os.urandom), "t", TraceSampling(0.5, lambda: 0.0))
    found = forwarding.messages(readings, 0, lambda *_: None)
    assert [text[-2:] for text in found.traceparents] == ["00", "01", "00", "01"]
    assert found.followed == [1, 3]


def test_what_was_spooled_is_still_followed() -> None:
    """Messages that are sent again are followed if they were before."""
    messages = [OutgoingMessage("t", None, b"1", f"e{end}", "c", f"00-a-b-{end}") for end in ("00", "01", "00")]
    assert MessageBatch.of(messages).followed == [1]
