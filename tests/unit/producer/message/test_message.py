"""Messages in columns: the same as one by one."""

from hypothesis import given
from hypothesis import strategies as st

from producer.message.message import MessageBatch, OutgoingMessage

_messages = st.lists(
    st.builds(
        OutgoingMessage,
        topic=st.text(),
        key=st.none() | st.binary(),
        value=st.none() | st.binary(),
        event_id=st.text(),
        correlation_id=st.text(),
        traceparent=st.text(),
        kind=st.sampled_from(["ok", "malformed"]),
    )
)


@given(_messages)
def test_columns_give_the_messages_again(messages: list[OutgoingMessage]) -> None:
    """Each is in its place with all its fields, and their size is that of their payloads."""
    columns = MessageBatch.of(messages)
    assert [columns[place] for place in range(len(columns))] == messages
    assert columns.size() == sum(len(message.value or b"") for message in messages)


@given(_messages)
def test_headers_tell_what_each_message_is(messages: list[OutgoingMessage]) -> None:
    """Correlation and trace of each, and of a fault on purpose its event id."""
    for message, headers in zip(messages, MessageBatch.of(messages).headers(), strict=True):
        expected = {"correlation_id": message.correlation_id, "traceparent": message.traceparent}
        assert headers == expected | ({} if message.kind == "ok" else {"event_id": message.event_id})


def test_a_message_can_be_spoiled() -> None:
    """It gets another value and its kind; the one beside it stays."""
    sound = OutgoingMessage("t", b"k", b"v", "e", "c", "00")
    messages = MessageBatch.of([sound, sound])
    messages.spoil(1, None, "tombstone")
    assert (messages[0], messages[1]) == (sound, sound._replace(value=None, kind="tombstone"))
