"""Batches in flight are settled in order, and come back with every message that Kafka may not have."""

from hypothesis import given
from hypothesis import strategies as st

from producer.kafka.in_flight import InFlight
from producer.message.message import MessageBatch, OutgoingMessage


def messages(*values: int) -> MessageBatch:
    """Return a batch of these values."""
    return MessageBatch.of([OutgoingMessage("t", None, b"%d" % value, "e", "c", "00") for value in values])


@given(st.permutations(range(6)))
def test_batches_are_settled_in_the_order_in_which_they_began(done: list[int]) -> None:
    """Whatever the order of the acknowledgements, a source forgets a batch after every one before it."""
    in_flight, settled = InFlight(), list[int]()
    batches = [in_flight.begin(messages(0), 0.0, lambda n=n: settled.append(n)) for n in range(6)]  # type: ignore[misc]
    for number in done:
        batches[number].left -= 1
        in_flight.settle()
        assert settled == list(range(len(settled)))
    assert (settled, len(in_flight)) == (list(range(6)), 0)


@given(st.lists(st.sampled_from(["acked", "returned"]), min_size=1, max_size=20))
def test_what_is_returned_comes_back_in_order_and_what_is_acknowledged_does_not(fates: list[str]) -> None:
    """Where each message has its report, exactly the returned ones come back."""
    in_flight = InFlight()
    batch = in_flight.begin(messages(*range(len(fates))), 0.0, None)
    for place, fate in reversed(list(enumerate(fates))):
        if fate == "acked":
            batch.left -= 1
        else:
            in_flight.returned(batch, place)
    assert len(in_flight) == 0
    assert [message.value for message in in_flight.take_back().messages] == [
        b"%d" % place for place, fate in enumerate(fates) if fate == "returned"
    ]


def test_a_batch_without_all_its_reports_comes_back_whole() -> None:
    """While a report is missing nobody knows which messages Kafka has, so all are sent again."""
    in_flight = InFlight()
    batch = in_flight.begin(messages(1, 2, 3), 0.0, None)
    batch.left -= 1
    in_flight.returned(batch, 2)
    assert len(in_flight) == 1
    assert [message.value for message in in_flight.take_back().messages] == [b"1", b"2", b"3"]
    assert (len(in_flight), in_flight.settle()) == (0, 0)


def test_what_was_taken_back_is_settled_by_whoever_took_it() -> None:
    """The sources' functions come with the messages, in order, and are not called before."""
    in_flight, settled = InFlight(), list[int]()
    for number in range(3):
        in_flight.begin(messages(number), 0.0, lambda n=number: settled.append(n))  # type: ignore[misc]
    taken = in_flight.take_back()
    assert settled == []
    for call in taken.settled:
        call()
    assert settled == [0, 1, 2]


def test_an_old_batch_or_a_returned_message_interrupts() -> None:
    """The oldest batch's beginning counts; one message that came back is enough."""
    in_flight = InFlight()
    assert not in_flight.interrupted(100.0)
    batch = in_flight.begin(messages(1, 2), 10.0, None)
    assert not in_flight.interrupted(10.0)
    assert in_flight.interrupted(10.1)
    in_flight.returned(batch, 0)
    assert in_flight.interrupted(0.0)


def test_what_comes_back_of_a_batch_that_was_taken_back_does_not_count() -> None:
    """A client that gave nothing back may report failures long after: those messages are sent again already."""
    in_flight = InFlight()
    batch = in_flight.begin(messages(1, 2), 0.0, None)
    assert len(in_flight.take_back().messages) == 2
    in_flight.returned(batch, 0)
    assert len(in_flight) == 0
    assert not in_flight.interrupted(-1.0)
