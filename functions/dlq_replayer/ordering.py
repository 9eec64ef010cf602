"""Puts letters in order, and their keys apart. Pure: letters in, lanes of batches out."""

from collections.abc import Iterator, Sequence
from zlib import crc32

from comboio.contract.dead_letter import DeadLetter
from dlq_replayer.letter import Held

MAX_BYTES = 5_500_000
"""Of a batch: a synchronous invocation takes 6 MB (Lambda quotas), and JSON goes around the letters."""

KeyOf = tuple[str, bytes]


def key_of(letter: DeadLetter) -> KeyOf | None:
    """What order is kept by: a key of a topic; a record without a key follows none."""
    return None if letter.key is None else (letter.topic, letter.key)


def lanes(letters: Sequence[Held], count: int, ordered: bool) -> list[list[Held]]:
    """Letters in `count` lanes, for side by side; a key keeps to one lane, in it the oldest first if `ordered`."""
    found: list[list[Held]] = [[] for _ in range(count)]
    for number, held in enumerate(sorted(letters, key=_age) if ordered else letters):
        key = key_of(held.dead) if ordered else None
        found[number % count if key is None else crc32(key[1], crc32(key[0].encode())) % count].append(held)
    return [lane for lane in found if lane]


def batches(lane: Sequence[Held], most: int, max_bytes: int = MAX_BYTES) -> Iterator[list[Held]]:
    """A lane cut into batches; a letter that is too large by itself is a batch of its own."""
    batch: list[Held] = []
    size = 0
    for held in lane:
        if batch and (len(batch) >= most or size + len(held.envelope) + 1 > max_bytes):
            yield batch
            batch, size = [], 0
        batch.append(held)
        size += len(held.envelope) + 1
    if batch:
        yield batch


def _age(held: Held) -> tuple[str, int, int, int]:
    """Within a partition, and so within a key, offsets tell the age; a later replay of a record comes later."""
    letter = held.dead
    return (letter.topic, letter.partition, letter.offset, letter.replay_count)
