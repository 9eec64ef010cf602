"""A batch on its way: a report names a message by what it is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.kafka.batch import SentBatch
from producer.message.message import MessageBatch, OutgoingMessage

_bytes = st.none() | st.binary(max_size=2)


@given(
    st.lists(
        st.builds(
            OutgoingMessage, st.just("t"), _bytes, _bytes, st.just("e"), st.just("c"), st.just("00"), st.just("ok")
        )
    )
)
def test_every_message_is_found_by_key_and_value(messages: list[OutgoingMessage]) -> None:
    """What is at the place found is the message asked for."""
    batch = SentBatch(1, MessageBatch.of(messages), began=0.0)
    assert batch.left == len(messages)
    for message in messages:
        assert batch.messages[batch.place(message.key, message.value)] == message


@pytest.mark.robustness("messages that Kafka refuses")
def test_a_message_of_another_batch_is_not_found() -> None:
    """A report in the wrong place is an error, not the message that happens to be first."""
    batch = SentBatch(1, MessageBatch.of([OutgoingMessage("t", b"k", b"v", "e", "c", "00")]), began=0.0)
    with pytest.raises(KeyError):
        batch.place(b"k", b"w")
