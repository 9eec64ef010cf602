"""What each row looks for in what was observed. Pure."""

import json
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any

from consumer.conformance.situation import Finding, Observed, ProducedMessage, Verdict, positions

_ENVELOPE = {"eventSource", "bootstrapServers", "records"}
_OF_A_RECORD = {"topic", "partition", "offset", "timestamp", "timestampType", "key", "value", "headers"}

Judge = Callable[[Observed], Finding]


def found(right: object, seen: object) -> Finding:
    """Return a pass if what was looked for is so, else a failure with what was seen."""
    return Finding(Verdict.PASSES) if right else Finding(Verdict.FAILS, str(seen)[:300])


def event_form(observed: Observed) -> Finding:
    """Look for the fields of an event of self-managed Kafka, with records by `<topic>-<partition>`."""
    for event in observed.events:
        if event.get("eventSource") != "SelfManagedKafka" or not event.keys() >= _ENVELOPE:
            return found(False, {name: event[name] for name in event if name != "records"})
        for name, group in event["records"].items():
            wrong = [each for each in group if f"{each['topic']}-{each['partition']}" != name]
            fewer = [_OF_A_RECORD - each.keys() for each in group if _OF_A_RECORD - each.keys() - {"key", "value"}]
            if wrong or fewer:
                return found(False, f"{name}: records of another partition {wrong}, fields that are missing {fewer}")
    return found(observed.events, "no event")


def contents(messages: Sequence[ProducedMessage]) -> Judge:
    """Look for each message's key and value in base64, with null (or nothing) where Kafka has none."""

    def judge(observed: Observed) -> Finding:
        return found(_contents(observed) == _sent(messages), f"key, value: {_contents(observed)}")

    return judge


def headers(messages: Sequence[ProducedMessage]) -> Judge:
    """Look for each message's headers in their order, with bytes as Java's signed numbers."""

    def judge(observed: Observed) -> Finding:
        seen = {(each["partition"], each["offset"]): each["headers"] for each in _records(observed)}
        wanted = {
            place: [{name: [byte - 256 if byte > 127 else byte for byte in value]} for name, value in message.headers]
            for place, message in _placed(messages)
        }
        return found(seen == wanted, seen)

    return judge


def at_most(size: int) -> Judge:
    """Look for events of no more records than the batch size."""

    def judge(observed: Observed) -> Finding:
        sizes = [len(each) for each in observed.positions]
        return found(sizes and max(sizes) <= size, f"sizes {sizes}")

    return judge


def at_most_bytes(size: int) -> Judge:
    """Look for events that are no larger as compact JSON."""

    def judge(observed: Observed) -> Finding:
        sizes = [len(json.dumps(event, separators=(",", ":"))) for event in observed.events]
        return found(sizes and max(sizes) <= size, f"bytes {sizes}")

    return judge


def begins_at(offset: int) -> Judge:
    """Look for each offset of partition 0 from this one on, and none before it."""

    def judge(observed: Observed) -> Finding:
        seen = [place for batch in observed.positions for _, place in batch]
        end = next(iter(observed.produced.values()))
        return found(seen and seen == list(range(offset, end)), f"offsets {seen} of {end}")

    return judge


def begins_after(offset: int) -> Judge:
    """Look for partition 0 from an offset on that is this one or later: it depends on when the mapping began."""

    def judge(observed: Observed) -> Finding:
        seen = [place for batch in observed.positions for _, place in batch]
        end = next(iter(observed.produced.values()))
        right = seen and seen[0] >= offset and seen == list(range(seen[0], end))
        return found(right, f"offsets {seen} of {end}")

    return judge


def in_order(observed: Observed) -> Finding:
    """Look for each partition's records in their order, none left out."""
    for partition, count in observed.produced.items():
        seen = [offset for batch in observed.positions for name, offset in batch if name == partition]
        if seen != list(range(count)):
            return found(False, f"{partition}: {seen}")
    return found(observed.events, "no event")


def committed(observed: Observed) -> Finding:
    """Look for the group's position at the end of each partition."""
    return found(observed.committed == observed.produced, f"committed {observed.committed} of {observed.produced}")


def comes_again(offset: int) -> Judge:
    """Look for a record of partition 0 in more than one event."""

    def judge(observed: Observed) -> Finding:
        times = sum(observed.at(offset)[0] in batch for batch in observed.positions)
        return found(times > 1, f"offset {offset} came {times} times")

    return judge


def events_are(*batches: Sequence[int]) -> Judge:
    """Look for exactly these offsets of partition 0, event by event."""

    def judge(observed: Observed) -> Finding:
        wanted = [observed.at(*batch) for batch in batches]
        return found(observed.positions == wanted, f"events {observed.positions}")

    return judge


def halves(observed: Observed) -> Finding:
    """Look for a batch of four that is split until offset 2 fails alone."""
    batches = observed.positions
    whole = batches[:1] == [observed.at(0, 1, 2, 3)]
    split = observed.at(0, 1) in batches and observed.at(2, 3) in batches
    return found(whole and split and observed.at(2) in batches and observed.at(3) in batches, batches)


def given_up(offset: int, key: bytes) -> Judge:
    """Look for one record in the on-failure topic, with its key, what became of it, and its event."""

    def judge(observed: Observed) -> Finding:
        if len(observed.destination) != 1:
            return found(False, f"the topic has {len(observed.destination)} messages")
        (own, value) = observed.destination[0]
        document: dict[str, Any] = json.loads(value)
        told = {"requestContext", "responseContext", "version", "timestamp", "KafkaBatchInfo"} <= document.keys()
        return found(own == key and told and positions(document["payload"]) == observed.at(offset), document)

    return judge


def nothing_given_up(observed: Observed) -> Finding:
    """Look for an empty on-failure topic once all is committed."""
    seen = f"the topic has {len(observed.destination)} messages, committed is {observed.committed}"
    return found(not observed.destination and observed.committed == observed.produced, seen)


def only(*offsets: int, either: int) -> Judge:
    """Look for these offsets of partition 0 alone; another may come or not."""

    def judge(observed: Observed) -> Finding:
        seen = sorted(offset for batch in observed.positions for _, offset in batch if offset != either)
        return found(seen == list(offsets), f"offsets {seen}")

    return judge


def _records(observed: Observed) -> list[dict[str, Any]]:
    return [each for event in observed.events for group in event["records"].values() for each in group]


def _placed(messages: Sequence[ProducedMessage]) -> list[tuple[tuple[int, int], ProducedMessage]]:
    placed: list[tuple[tuple[int, int], ProducedMessage]] = []
    for message in messages:
        before = sum(place[0] == message.partition for place, _ in placed)
        placed.append(((message.partition, before), message))
    return placed


def _sent(messages: Sequence[ProducedMessage]) -> dict[tuple[int, int], tuple[bytes | None, bytes | None]]:
    return {place: (message.key, message.value) for place, message in _placed(messages)}


def _contents(observed: Observed) -> dict[tuple[int, int], tuple[bytes | None, bytes | None]]:
    def plain(text: str | None) -> bytes | None:
        return None if text is None else b64decode(text)

    return {
        (each["partition"], each["offset"]): (plain(each.get("key")), plain(each.get("value")))
        for each in _records(observed)
    }
