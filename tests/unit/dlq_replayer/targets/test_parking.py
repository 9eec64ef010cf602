"""Parked messages are kept whole."""

from typing import Any

import pytest

from comboio.aws.sqs import MAX_BYTES
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.letter_pointer import LetterPointer
from dlq_replayer.aws.sqs import QueueClient
from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.targets.parking import Parking
from tests.support.replayer import FakeBucket, letter, pool, received
from tests.unit.dlq_replayer.sources.test_queue import Sqs, api


def parked(bucket: FakeBucket, *messages: ReceivedLetter) -> tuple[list[bool], list[dict[str, Any]]]:
    """Return what parking says, and what it sent."""
    sqs = Sqs([])
    said = Parking(QueueClient("https://sqs/parking", api(sqs), pool()), bucket, "b").park(messages, "asked for")
    return said, [entry for _, request in sqs.requests for entry in request["Entries"]]


def test_a_message_is_parked_as_it_came_with_the_reason_beside_it() -> None:
    """A parked message keeps its own attributes, without those that SQS adds on receiving."""
    foreign = received("foreign")
    foreign.attributes = {"a": {"DataType": "String", "StringValue": "1", "StringListValues": []}}
    said, (first, second) = parked(FakeBucket(), foreign, received(letter(1)))
    assert said == [True, True]
    assert first["MessageBody"] == "foreign"
    assert first["MessageAttributes"] == {
        "a": {"DataType": "String", "StringValue": "1"},
        "parked": {"DataType": "String", "StringValue": "asked for"},
    }
    assert DeadLetter.from_json(second["MessageBody"]) == letter(1)
    assert second["MessageAttributes"]["reason"]["StringValue"] == "permanent"


def test_ten_attributes_are_enough() -> None:
    """A message with ten attributes, which is the maximum, is parked without the reason."""
    full = received("foreign")
    full.attributes = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(10)}
    said, (entry,) = parked(FakeBucket(), full)
    assert (said, len(entry["MessageAttributes"])) == ([True], 10)


def test_a_letter_too_large_for_sqs_goes_to_s3_with_a_pointer() -> None:
    """A letter larger than SQS takes is parked as a pointer to S3, and not at all if S3 does not take it."""
    large = received(letter(1, value=b"x" * MAX_BYTES))
    bucket = FakeBucket()
    said, (entry,) = parked(bucket, large)
    at = LetterPointer.from_json(entry["MessageBody"])
    assert said == [True]
    assert DeadLetter.from_json(bucket.objects[at.key].decode()) == large.letter
    said, (entry,) = parked(FakeBucket(refuses="SlowDown"), large, received(letter(2)))
    assert said == [False, True]
    assert DeadLetter.from_json(entry["MessageBody"]) == letter(2)


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_correlation_id_that_sqs_would_refuse_does_not_keep_a_letter_out() -> None:
    """A correlation id with characters that SQS refuses is left out, and the letter is parked."""
    said, (entry,) = parked(FakeBucket(), received(letter(1, correlation_id="a\x00b")))
    assert said == [True]
    assert entry["MessageAttributes"]["correlation_id"]["StringValue"] == "none"
