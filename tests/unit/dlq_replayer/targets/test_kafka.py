"""Kafka as a target: what is produced, claimed and counted."""

from collections.abc import Sequence
from threading import Event
from typing import Any

import pytest

from comboio.claims.claims import Claim, ClaimResult
from comboio.claims.memory import MemoryClaims
from comboio.contract.redispatch import claim_name
from dlq_replayer.targets import kafka
from dlq_replayer.targets.kafka_producer import KeptProducer
from dlq_replayer.targets.target import TargetError
from tests.support.replayer import NOW, FakeTime, letter, received


class Refusal:
    """An error of the client."""

    def __init__(self, *, fatal: bool = False) -> None:
        self._fatal = fatal

    def fatal(self) -> bool:
        return self._fatal


class Producer:
    """librdkafka's side: acknowledges what `takes` says, when flushed."""

    def __init__(self, takes: Any = lambda topic, value: True) -> None:
        self.produced: list[dict[str, Any]] = []
        self._waiting: list[tuple[Any, bool]] = []
        self._takes = takes
        self.purges: list[bool] = []
        self.closed = Event()

    def produce(self, topic: str, on_delivery: Any, **fields: Any) -> None:
        assert "partition" not in fields
        self.produced.append({"topic": topic, **fields})
        self._waiting.append((on_delivery, self._takes(topic, fields["value"])))

    def flush(self, timeout: float) -> int:
        for report, taken in self._waiting:
            report(None if taken is True else taken, None)
        self._waiting.clear()
        return 0

    def purge(self, *, in_queue: bool, in_flight: bool, blocking: bool) -> None:
        self.purges.append(blocking)
        self._waiting.clear()

    def close(self) -> None:
        self.closed.set()

    def __len__(self) -> int:
        return len(self._waiting)


def kept(*producers: Producer) -> KeptProducer:
    """Return what makes these, one after the other."""
    return KeptProducer(iter(producers).__next__)


def test_kafka_gets_the_record_as_it_was_with_its_time_and_count() -> None:
    """Key, value and headers are produced byte for byte, and no partition is named."""
    producer = Producer()
    target = kafka.KafkaTarget(kept(producer), MemoryClaims(), "me", lambda: NOW)
    assert target.take([received(letter(1, replay_count=3))]) == {letter(1, replay_count=3).id: "dispatched"}
    (record,) = producer.produced
    assert (record["topic"], record["key"], record["value"]) == ("t", letter(1).key, letter(1).value)
    assert record["headers"] == [
        ("h", b"1"),
        ("original_timestamp", str(letter(1).timestamp).encode()),
        ("comboio_replay_count", b"4"),
    ]


def test_a_second_replay_keeps_the_first_time_and_one_count() -> None:
    """A second replay keeps the first timestamp, and replaces the count."""
    again = letter(1, replay_count=1, headers=(("original_timestamp", b"5"), ("comboio_replay_count", b"1")))
    assert kafka.headers(again) == [("original_timestamp", b"5"), ("comboio_replay_count", b"2")]


@pytest.mark.robustness("sources and targets that fail on the way")
def test_kafka_gets_a_letter_once() -> None:
    """A replayed letter is a duplicate, one that another run holds is busy, and one that Kafka refused may go later."""
    claims, producer = MemoryClaims(), Producer(lambda topic, value: b"e-2" not in value or Refusal())
    letters = [received(letter(1)), received(letter(2))]
    first = kafka.KafkaTarget(kept(producer), claims, "first", lambda: NOW).take(letters)
    assert first == {letter(1).id: "dispatched", letter(2).id: "failed"}
    claims.held[claim_name(letter(3).id)] = ("somebody", NOW + 1_000)
    second = kafka.KafkaTarget(kept(Producer()), claims, "second", lambda: NOW).take([*letters, received(letter(3))])
    assert second == {letter(1).id: "duplicate", letter(2).id: "dispatched", letter(3).id: "busy"}


@pytest.mark.robustness("letters and documents of any shape")
@pytest.mark.parametrize("name", ["\udc80", "h\0"])
def test_a_header_that_the_client_cannot_take_stops_its_own_letter_only(name: str) -> None:
    """A name at which the client would end the process, or that it would cut off, never reaches it."""
    producer = Producer()
    forged, well = letter(1, headers=((name, b"1"),)), letter(2, key=b"other")
    outcomes = kafka.KafkaTarget(kept(producer), MemoryClaims(), "me", lambda: NOW).take(
        [received(forged), received(well)]
    )
    assert outcomes == {forged.id: "failed", well.id: "dispatched"}
    assert [record["value"] for record in producer.produced] == [well.value]


class Picky(Producer):
    """Takes no message with a certain value."""

    def produce(self, topic: str, on_delivery: Any, **fields: Any) -> None:
        if b"e-2" in fields["value"]:
            raise BufferError("Local: Queue full")
        super().produce(topic, on_delivery, **fields)


@pytest.mark.robustness("letters that fail in part, twice or are none")
@pytest.mark.parametrize("why", ["busy", "unknown", "header", "full"])
@pytest.mark.parametrize("ordered", [True, False])
def test_no_letter_of_a_key_goes_past_one_that_stays(why: str, ordered: bool) -> None:
    """Whatever keeps the second letter of a key back keeps the third back too, and nothing of another key."""

    class Claimed(MemoryClaims):
        def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
            said = {"busy": ClaimResult.BUSY, "unknown": ClaimResult.UNKNOWN}.get(why, ClaimResult.OURS)
            return [ClaimResult.OURS, said, ClaimResult.OURS, ClaimResult.OURS]

    headers = (("h\0", b""),) if why == "header" else ()
    letters = [letter(1), letter(2, headers=headers), letter(3), letter(4, key=b"other")]
    producer = Picky() if why == "full" else Producer()
    target = kafka.KafkaTarget(kept(producer), Claimed(), "me", lambda: NOW, ordered=ordered)
    outcomes = target.take([received(each) for each in letters])
    produced = [
        letters.index(next(each for each in letters if each.value == one["value"])) for one in producer.produced
    ]
    assert produced == ([0, 3] if ordered else [0, 2, 3])
    assert [number for number, each in enumerate(letters) if outcomes[each.id] == "dispatched"] == produced


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_claim_outlasts_its_call_however_long_kafka_takes() -> None:
    """While Kafka takes all its time no other run can claim the letters, and the call ends when it said it would."""
    ends: list[int] = []

    class Claimed(MemoryClaims):
        def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
            clock.ms += int(within_s * 1000)
            ends.append(until)
            return super().take(claims, now, until)

        def free(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> None:
            clock.ms += int(within_s * 1000)

    class Slow(Producer):
        def flush(self, timeout: float) -> int:
            clock.ms += int(timeout * 1000)
            return len(self)

    clock = FakeTime()
    target = kafka.KafkaTarget(kept(Slow()), Claimed(), "me", lambda: clock.ms)
    began = clock.ms
    assert target.take([received(letter(1))]) == {letter(1).id: "failed"}
    assert clock.ms <= ends[0] and clock.ms - began <= target.longest_ms


class Full(Producer):
    """Has a message of its queue left at the end of a batch."""

    def flush(self, timeout: float) -> int:
        return len(self)


class Ended(Producer):
    """Can go on no more, and says so when it is given a message."""

    def produce(self, topic: str, on_delivery: Any, **fields: Any) -> None:
        raise RuntimeError(Refusal(fatal=True))


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize("first", [Full(), Ended(), Producer(lambda topic, value: Refusal(fatal=True))])
def test_a_producer_that_is_of_no_use_is_replaced(first: Producer) -> None:
    """After a purge and after a fatal error the next batch has a new one; the old one is closed, and waited for by
    nobody."""
    second = Producer()
    target = kafka.KafkaTarget(kept(first, second), MemoryClaims(), "me", lambda: NOW)
    assert target.take([received(letter(1))]) == {letter(1).id: "failed"}
    assert target.take([received(letter(1))]) == {letter(1).id: "dispatched"}
    assert [record["value"] for record in second.produced] == [letter(1).value]
    assert first.closed.wait(10)
    assert first.purges[:-1] == ([False] if isinstance(first, Full) else [])


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_producer_that_only_refused_a_message_is_kept() -> None:
    """And one that cannot be made anew leaves the letters where they are."""
    only = Producer(lambda topic, value: b"e-2" not in value or Refusal())
    target = kafka.KafkaTarget(kept(only), MemoryClaims(), "me", lambda: NOW)
    for offset, outcome in ((2, "failed"), (1, "dispatched")):
        assert target.take([received(letter(offset))]) == {letter(offset).id: outcome}
    assert not only.closed.is_set()
    gone = kafka.KafkaTarget(kept(Ended()), MemoryClaims(), "me", lambda: NOW)
    for _ in range(2):
        assert gone.take([received(letter(1))]) == {letter(1).id: "failed"}


def test_batches_go_to_kafka_one_after_the_other() -> None:
    """A flush, and the purge behind it, are of one batch: so there is one worker, whatever the setting says."""
    assert kafka.KafkaTarget(kept(Producer()), MemoryClaims(), "me", lambda: NOW).workers == 1


def test_the_producer_promises_and_places_as_the_others_do() -> None:
    """The producer waits for all replicas, is idempotent, and uses Java's partitioner."""
    config = kafka.config("b:1", "none")
    assert (config["acks"], config["enable.idempotence"], config["partitioner"]) == ("all", True, "murmur2_random")


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.robustness("more than fits")
def test_the_client_takes_every_record_that_a_topic_may_have() -> None:
    """The topic had the record, and its own limit decides whether it may have it again; the client's default of
    1,000,000 bytes would keep it, and all that follow of its key, in the source for ever."""
    producer = kafka.connect("127.0.0.1:1", "none", "eu-west-1")
    refused: list[object] = []
    value = b"x" * 6 * 1024 * 1024
    producer.produce("t", key=b"k", value=value, on_delivery=lambda error, _: refused.append(error.name()))
    producer.purge(in_queue=True)
    producer.flush(10)
    assert refused == ["_PURGE_QUEUE"]


def test_without_brokers_the_target_says_what_is_missing() -> None:
    """A target without brokers is refused before anything is sent."""
    with pytest.raises(TargetError, match="KAFKA_BOOTSTRAP_SERVERS"):
        kafka.connect("", "none", "r")
