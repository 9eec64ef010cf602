"""A document of the on-failure destination is read record by record, and written again without what was taken."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.record import MalformedRecordError
from dlq_replayer.sources.on_failure_document import NoBatchError, OnFailureDocument, with_only
from tests.support.on_failure import document


def parsed(**changed: Any) -> OnFailureDocument:
    """Return a document of the records 0 to 4, with some of its fields changed."""
    return OnFailureDocument.parse(document(list(range(5)), **changed).decode())


@given(st.sets(st.integers(0, 4)))
def test_what_is_left_reads_like_the_whole(kept: set[int]) -> None:
    """A document that is written again has the records that were kept, and says the same of them."""
    whole = parsed()
    places = frozenset(place for number, (place, _) in enumerate(whole.records()) if number in kept)
    left = OnFailureDocument.parse(with_only(whole.content, places).decode())
    letters = [whole.letter(place, raw, 1) for place, raw in whole.records() if place in places]
    assert [left.letter(place, raw, 1) for place, raw in left.records()] == letters
    assert left.failed_at(0) == whole.failed_at(0) != 0


@pytest.mark.parametrize("timestamp", [None, 5, "", "yesterday", "9999999-01-01T00:00:00Z"])
def test_a_document_without_a_time_has_its_object_s(timestamp: Any) -> None:
    """A time that cannot be read is no reason to lose a batch."""
    assert parsed(timestamp=timestamp).failed_at(7) == 7


@pytest.mark.parametrize("context", [None, [], {"approximateInvokeCount": -1}, {"approximateInvokeCount": "3"}])
def test_a_document_without_attempts_counts_none(context: Any) -> None:
    """Attempts that are no count are 0, and an unknown reason is named as such."""
    found = parsed(requestContext=context)
    ((place, raw), *_) = found.records()
    letter = found.letter(place, raw, 1)
    assert (letter.attempts, letter.error) == (0, "The mapping stopped retrying: unknown")


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize("group", [5, "x", {}, None])
def test_what_should_be_a_list_of_records_is_one_foreign_record(group: Any) -> None:
    """A partition whose records are no list has one place, which survives a rewrite and is no record of Kafka."""
    event = {"eventSource": "aws:kafka", "records": {"t-0": group}}
    found = parsed(payload=json.dumps(event))
    ((place, raw),) = found.records()
    with pytest.raises(MalformedRecordError):
        found.letter(place, raw, 1)
    assert _raw(with_only(found.content, frozenset({place}))) == [raw]
    assert _raw(with_only(found.content, frozenset())) == []


def test_an_offset_may_be_text() -> None:
    """An offset of digits in a text is a number, as it is in `KafkaBatchInfo`."""
    payload = json.loads(parsed().content["payload"])
    payload["records"]["t-0"][0]["offset"] = "0"
    found = parsed(payload=payload)
    assert [found.letter(place, raw, 1).offset for place, raw in found.records()] == list(range(5))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[" * 100_000, '{"payload": "{"}', '{"payload": {"eventSource": "aws:kafka"}}']
)
def test_another_text_is_no_batch(text: str) -> None:
    """Whatever is no document of a mapping is refused, and never with another error."""
    with pytest.raises(NoBatchError):
        OnFailureDocument.parse(text)


def _raw(text: bytes) -> list[object]:
    return [raw for _, raw in OnFailureDocument.parse(text.decode()).records()]
