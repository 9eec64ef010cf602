"""Puts letters in order, and shares them out among workers. Pure: letters in, batches out."""

from collections.abc import Iterator, Sequence
from zlib import crc32

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.redispatch import OrderKey, order_key
from dlq_replayer.letter import ReceivedLetter

MAX_BYTES = 5_500_000
"""Of a batch: a synchronous invocation takes 6 MB (Lambda quotas), and JSON goes around the letters."""


def key_of(letter: DeadLetter) -> OrderKey | None:
    """Return what the order of a letter's record is kept by."""
    return order_key(letter.topic, letter.key)


def shares(letters: Sequence[ReceivedLetter], workers: int, *, ordered: bool) -> list[list[ReceivedLetter]]:
    """Share letters out among workers. If `ordered`, a key has one worker, which gets its oldest letters first."""
    found: list[list[ReceivedLetter]] = [[] for _ in range(workers)]
    for number, received in enumerate(sorted(letters, key=_age) if ordered else letters):
        key = key_of(received.dead) if ordered else None
        worker = number if key is None else crc32(key[1], crc32(key[0].encode()))
        found[worker % workers].append(received)
    return [share for share in found if share]


def batches(share: Sequence[ReceivedLetter], most: int, max_bytes: int = MAX_BYTES) -> Iterator[list[ReceivedLetter]]:
    """Cut a worker's share into batches; a letter that is too large by itself is a batch of its own."""
    batch: list[ReceivedLetter] = []
    size = 0
    for received in share:
        bytes_more = len(received.envelope) + 1
        if batch and (len(batch) >= most or size + bytes_more > max_bytes):
            yield batch
            batch, size = [], 0
        batch.append(received)
        size += bytes_more
    if batch:
        yield batch


def _age(received: ReceivedLetter) -> tuple[str, int, int, int]:
    """Within a partition, and so within a key, offsets tell the age; a later replay of a record comes later."""
    letter = received.dead
    return (letter.topic, letter.partition, letter.offset, letter.replay_count)
