"""Writes what is dead to the DLQ, whole, before it counts as handled."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from time import monotonic
from typing import Protocol

from comboio.aws.json_api import SQS, AwsError, JsonApi
from comboio.aws.sqs import MAX_BYTES, QueueCalls, attributes_size, batches, sized_message
from comboio.contract.dead_letter import REPLAY_COUNT_HEADER, DeadLetter
from comboio.contract.letter_pointer import LetterPointer, object_key
from dispatcher.destinations.destination import fault_of
from dispatcher.destinations.entry import Entry
from dispatcher.parcel import Outcome, Parcel

TRIES = 3

_LARGE_SHARE = 0.5
"""Of the time for all letters, those that are too large for the queue may take this share; the rest is the queue's."""

Clock = Callable[[], float]
"""Seconds of no epoch."""

StoreLarge = Callable[[str, str], str]
"""Keeps a letter (its id, its JSON) that is too large for SQS; returns the text that points to it."""


class DeadLetters(Protocol):
    """Where dead records are kept."""

    def write(self, parcels: Sequence[Parcel], now: int, *, within_s: float) -> None:
        """Write them all in at most `within_s`; those that could not be written become failed, and are redelivered."""
        ...


class DeadLetterQueue:
    """An SQS queue, with S3 behind it for what is too large."""

    def __init__(
        self, queue_url: str, api: JsonApi, pool: Executor, store_large: StoreLarge, clock: Clock = monotonic
    ) -> None:
        self._calls = QueueCalls(queue_url, api)
        self._pool = pool
        self._store_large = store_large
        self._clock = clock

    def write(self, parcels: Sequence[Parcel], now: int, *, within_s: float) -> None:
        """See DeadLetters."""
        now_s = self._clock()
        end, kept_by = now_s + within_s, now_s + within_s * _LARGE_SHARE
        made = [(parcel, *self._text(parcel, now)) for parcel in parcels]
        entries = [entry for each in made if (entry := self._entry(*each, kept_by)) is not None]
        calls = batches((entry, entry.size) for entry in entries)
        for written in self._pool.map(lambda call: self._write(call, end), calls):
            for entry in written:
                entry.parcels[0].in_dlq = True
        for parcel in parcels:
            if not parcel.in_dlq:
                parcel.outcome = Outcome.FAILED

    def _text(self, parcel: Parcel, now: int) -> tuple[str, list[tuple[str, str]], Future[str] | None]:
        """Return a letter, its attributes, and the pointer to come of one that is too large for the queue.

        Each is kept in a thread of its own: a store that hangs is waited for once, and no longer than there is time.
        """
        dead = letter(parcel, now)
        text, attributes = dead.to_json(), dead.attributes()
        if len(text) + attributes_size(attributes) <= MAX_BYTES:
            return text, attributes, None
        return "", attributes, self._pool.submit(self._store_large, dead.id, text)

    def _entry(
        self, parcel: Parcel, text: str, attributes: list[tuple[str, str]], pointer: Future[str] | None, kept_by: float
    ) -> Entry | None:
        if pointer is not None:
            try:
                text = pointer.result(timeout=max(kept_by - self._clock(), 0.0))
            except Exception as error:
                pointer.cancel()
                why = str(error) or "no answer came in time"
                parcel.error = f"{parcel.error}; and its dead letter could not be kept: {why}"
                return None
        return Entry((parcel,), *sized_message(text, attributes))

    def _write(self, entries: Iterable[Entry], end: float) -> list[Entry]:
        """Make one call, and repeat it for what failed; return what the queue has."""
        left, written = list(entries), []
        for _ in range(TRIES):
            try:
                failures = self._calls.send([entry.wire for entry in left], until=end)
            except AwsError as error:
                fault = fault_of(error, frozenset())
                for entry in left:
                    entry.parcels[0].error += f"; and its dead letter could not be written: {fault.error}"
                break
            written += [entry for entry, failure in zip(left, failures, strict=True) if failure is None]
            left = [entry for entry, failure in zip(left, failures, strict=True) if failure is not None]
            if not left:
                break
        return written


def letter(parcel: Parcel, now: int) -> DeadLetter:
    """Make the envelope of a dead parcel."""
    record = parcel.record
    return DeadLetter.of(
        record,
        reason=parcel.reason or "permanent",
        error=parcel.error,
        route=parcel.route.name if parcel.route else None,
        attempts=parcel.attempts,
        first_failure=parcel.since or now,
        last_failure=now,
        correlation_id=parcel.correlation_id,
        replay_count=max(parcel.replay_count, _replays(parcel)),
        served=parcel.served,
        code=parcel.content.code if parcel.content else None,
    )


def _replays(parcel: Parcel) -> int:
    """Return how often the record was replayed by way of Kafka, as the replayer's header says."""
    text = parcel.record.header(REPLAY_COUNT_HEADER) or ""
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def connect(queue_url: str, clients: Callable[..., JsonApi], pool: Executor, bucket: str) -> DeadLetterQueue:
    """Make the DLQ at `queue_url`; large letters go to `bucket`."""

    def store_large(identity: str, text: str) -> str:
        import boto3  # only here: large letters are rare, and boto3 is 0.4 s of import
        from botocore.config import Config

        if not bucket:
            raise ValueError("DEAD_LETTER_BUCKET is not set")
        key = object_key(identity)
        session = boto3.Session()  # the default one is not for several threads at a time
        client = session.client("s3", config=Config(connect_timeout=2, read_timeout=2, retries={"max_attempts": 0}))
        client.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json")
        return LetterPointer(bucket, key).to_json()

    return DeadLetterQueue(queue_url, clients(SQS), pool, store_large)
