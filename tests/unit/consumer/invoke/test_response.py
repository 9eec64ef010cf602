"""A response is read as Lambda reads it; what cannot be read fails the batch."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.invoke.response import read, success
from tests.support.kafka_records import ids, record

BATCH = [record("t-0", 1), record("t-0", 2), record("a-b-1", 7)]


def item(partition: Any, offset: Any) -> dict[str, Any]:
    return {"itemIdentifier": {"partition": partition, "offset": offset}}


@pytest.mark.parametrize("answer", [None, {}, [], {"batchItemFailures": []}, {"batchItemFailures": None}, {"ok": 1}])
def test_empty_answers_are_full_success(answer: Any) -> None:
    """What Lambda takes for success is success here."""
    assert read(answer, BATCH).failed == []


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
@pytest.mark.parametrize(
    "answer",
    [
        "done",
        3,
        [1],
        {"batchItemFailures": "t-0"},
        {"batchItemFailures": [{"itemIdentifier": "t-0-1"}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": ["t-0"]},
        {"batchItemFailures": [item("t-0", 1), item("t-0", 99)]},
        {"batchItemFailures": [item("t-1", 1)]},
        {"batchItemFailures": [item("t-0", "1")]},
        {"batchItemFailures": [item("t-0", True)]},
        {"batchItemFailures": [item(None, 1)]},
    ],
)
def test_what_cannot_be_read_in_whole_fails_the_whole_batch(answer: Any) -> None:
    """A flat identifier, a stranger or nonsense retries everything, and says why."""
    result = read(answer, BATCH)
    assert result.failed == BATCH
    assert result.reason


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
@given(st.lists(st.sampled_from(BATCH)))
def test_exactly_the_named_records_fail(named: list[Any]) -> None:
    """Named records fail once each, in the batch's order, however often they are named."""
    result = read({"batchItemFailures": [item(each.partition, each.offset) for each in named]}, BATCH)
    assert ids(result.failed) == [pair for pair in ids(BATCH) if pair in ids(named)]
    assert result.reason == ""


@pytest.mark.parametrize(
    "answer", [None, "x", {"batchItemFailures": "x"}, {"batchItemFailures": [{"itemIdentifier": 1}]}]
)
def test_a_mapping_without_failure_reports_reads_no_answer(answer: Any) -> None:
    """Whatever the function answers is a success; only an error fails its batch."""
    assert success(answer, BATCH) == ([], "")
