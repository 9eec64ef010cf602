"""A queue of dead letters: the DLQ, or the parking queue.

SQS has no cursor: what is put back at once may be the next message that it gives, for ever. So what a run leaves stays
invisible until the run ends. Beyond `_MAX_LEFT` messages the oldest become visible at once. What a killed run held
becomes visible at that run's deadline.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from math import inf
from typing import Any

from comboio.aws.json_api import AwsError
from comboio.aws.sqs import MAX_ENTRIES
from comboio.clocks import Clocks
from comboio.contract.letter_pointer import is_pointer
from dlq_replayer.aws.sqs import QueueClient
from dlq_replayer.letter import Receipt, ReceivedLetter
from dlq_replayer.sources.envelope import LetterReader, Opened
from dlq_replayer.sources.source import MAX_BYTES, SourceError

_MAX_LEFT = 50_000
"""Messages kept invisible: a standard queue allows 120,000 in flight, and two replayers may run at once."""

_NO_TIME = Opened(None, flaw="There was no time left to read its object.", unread=True)

_MAX_LAPS = 2
"""Maximum queue lengths to read once messages that were left come round again."""


class LetterQueue:
    """See Source.

    Args:
        queue: the queue.
        reader: reads the messages' bodies.
        pool: reads large letters side by side.
        visible_in_s: returns for how many seconds from now messages must stay invisible, as the run may last.
        readers: maximum calls at the same time.
        wait_s: seconds to wait for messages before the queue counts as empty.
        max_left: maximum messages that were left and stay invisible.
        ends: the moment (epoch ms) after which SQS is not asked to delete anything, or to show it.
        clocks: the time.
    """

    def __init__(
        self,
        queue: QueueClient,
        reader: LetterReader,
        pool: Executor,
        visible_in_s: Callable[[], int],
        *,
        readers: int,
        wait_s: int,
        max_left: int = _MAX_LEFT,
        ends: float = inf,
        clocks: Clocks = Clocks(),  # noqa: B008 it is frozen
    ) -> None:
        self._queue = queue
        self._reader = reader
        self._pool = pool
        self._visible_in_s = visible_in_s
        self._readers = readers
        self._wait_s = wait_s
        self._max_left = max_left
        self._ends = ends
        self._clocks = clocks
        self._left: OrderedDict[str, str] = OrderedDict()
        self._examined = 0
        self._went_back = False
        self._at_first: int | None = None

    after = ""

    def read(self, most: int, until: float = inf) -> list[ReceivedLetter]:
        """See Source. Half of the time is for the objects of large letters."""
        now = self._clocks.now()
        received_by = now + (until - now) / 2
        if self._at_first is None:
            self._at_first = self._queue.depth() or 0
        found: dict[str, dict[str, Any]] = {}
        size, calls = 0, 1
        while len(found) < most and size < MAX_BYTES and not self._round():
            wanted = max(1, (most - len(found)) // MAX_ENTRIES)
            try:
                pages = self._queue.receive(min(calls, wanted), self._visible_in_s(), self._wait_s)
            except AwsError as error:
                if found:
                    break
                raise SourceError(_explain(self._queue.url, error)) from None
            messages = [message for page in pages for message in page]
            if not messages:
                break
            for message in messages:
                self._examined += 1
                place = message["MessageId"]
                if place in self._left:
                    self._left[place] = message["ReceiptHandle"]
                else:
                    found[place] = message
                    size += len(message["Body"])
            full = len(messages) > len(pages) * MAX_ENTRIES // 2
            calls = min(calls * 2, self._readers) if full else max(calls // 2, 1)
            if self._clocks.now() >= received_by:
                break
        somewhere_else = any(is_pointer(message["Body"]) for message in found.values())
        in_threads = self._pool.map if somewhere_else else map
        return list(in_threads(lambda message: self._received(message, until), found.values()))

    def remove(self, messages: Sequence[ReceivedLetter]) -> int:
        """See Source."""
        handles = [message.receipt.handle for message in messages]
        return self._queue.delete(handles, self._within_s()).count(False)

    def leave(self, messages: Sequence[ReceivedLetter]) -> None:
        """See Source."""
        self._left.update((message.receipt.place, message.receipt.handle) for message in messages)
        too_many = len(self._left) - self._max_left
        if too_many > 0:
            self._went_back = True
            oldest = [self._left.popitem(last=False)[1] for _ in range(too_many)]
            self._queue.make_visible(oldest, self._within_s())

    def close(self) -> None:
        """See Source."""
        self._queue.make_visible(list(self._left.values()), self._within_s())
        self._left.clear()

    def depth(self) -> int | None:
        """See Source."""
        return self._queue.depth()

    def _within_s(self) -> float:
        return (self._ends - self._clocks.now()) / 1000

    def _round(self) -> bool:
        """Return whether the same messages only come again and again."""
        return self._went_back and self._examined > _MAX_LAPS * ((self._at_first or 0) + self._max_left)

    def _received(self, message: dict[str, Any], until: float) -> ReceivedLetter:
        text = message["Body"]
        in_time = not is_pointer(text) or self._clocks.now() < until
        opened = self._reader.read(text) if in_time else _NO_TIME
        return ReceivedLetter(
            receipt=Receipt(message["MessageId"], message["ReceiptHandle"]),
            sent_at=_sent_at(message),
            text=text,
            letter=opened.letter,
            flaw=opened.flaw,
            unread=opened.unread,
            envelope=opened.envelope,
            attributes=_attributes(message),
        )


def _attributes(message: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that a message was sent with."""
    found = message.get("MessageAttributes")
    return {name: each for name, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}


def _sent_at(message: dict[str, Any]) -> int:
    """Return when a message was sent (epoch ms); 0 where SQS does not say."""
    try:
        return int(message["Attributes"]["SentTimestamp"])
    except (LookupError, TypeError, ValueError, OverflowError):
        return 0


def _explain(url: str, error: AwsError) -> str:
    if "NonExistentQueue" in error.code or "QueueDoesNotExist" in error.code:
        return f"There is no queue {url}. Check the function's variable and its region."
    if "AccessDenied" in error.code:
        return f"The function's role may not read {url}: it needs sqs:ReceiveMessage. {error.message}".rstrip()
    return f"{url} cannot be read: {error}. Nothing was lost: try again."
