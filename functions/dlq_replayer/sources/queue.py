"""A queue of dead letters: the DLQ, or the parking queue.

SQS has no cursor: what is put back at once may be the next thing it gives, for ever. So what a run leaves stays
invisible until the run ends; of more than MAX_LEFT the oldest go back at once. A run that is killed leaves it
invisible to its own deadline.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

from comboio.aws.json_api import AwsError
from comboio.aws.sqs import MAX_ENTRIES
from comboio.contract.letter_pointer import is_pointer
from dlq_replayer.aws.s3 import Objects
from dlq_replayer.aws.sqs import Queue
from dlq_replayer.letter import Held, Ticket
from dlq_replayer.sources import envelope
from dlq_replayer.sources.source import SourceError

MAX_LEFT = 50_000
"""Messages kept invisible: a standard queue allows 120,000 in flight, and two replayers may run at once."""

MAX_BYTES = 48_000_000
"""Of one read; a message can have 1 MiB."""

MAX_LAPS = 2
"""Queue lengths to read at the most, once left messages come round again."""


class LetterQueue:
    """See Source.

    Args:
        queue: the queue.
        objects: where large letters are.
        pool: reads large letters side by side.
        visible_in_s: tells how long from now the run may last: so long messages stay invisible.
        readers: calls at the same time, at the most.
        wait_s: seconds to wait for messages before the queue counts as empty.
        max_left: messages left that stay invisible.
    """

    def __init__(
        self,
        queue: Queue,
        objects: Objects,
        pool: Executor,
        visible_in_s: Callable[[], int],
        *,
        readers: int,
        wait_s: int,
        max_left: int = MAX_LEFT,
    ) -> None:
        self._queue = queue
        self._objects = objects
        self._pool = pool
        self._visible_in_s = visible_in_s
        self._readers = readers
        self._wait_s = wait_s
        self._max_left = max_left
        self._left: OrderedDict[str, str] = OrderedDict()
        self._examined = 0
        self._went_back = False
        self._at_first: int | None = None

    after = ""

    def read(self, most: int) -> list[Held]:
        """See Source."""
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
        somewhere_else = any(is_pointer(message["Body"]) for message in found.values())
        return list((self._pool.map if somewhere_else else map)(self._held, found.values()))

    def remove(self, messages: Sequence[Held]) -> int:
        """See Source."""
        return self._queue.delete([message.ticket.handle for message in messages]).count(False)

    def leave(self, messages: Sequence[Held]) -> None:
        """See Source."""
        self._left.update((message.ticket.place, message.ticket.handle) for message in messages)
        too_many = len(self._left) - self._max_left
        if too_many > 0:
            self._went_back = True
            self._queue.make_visible([self._left.popitem(last=False)[1] for _ in range(too_many)])

    def close(self) -> None:
        """See Source."""
        self._queue.make_visible(list(self._left.values()))
        self._left.clear()

    def depth(self) -> int | None:
        """See Source."""
        return self._queue.depth()

    def _round(self) -> bool:
        """Whether the same messages only go round and round."""
        return self._went_back and self._examined > MAX_LAPS * ((self._at_first or 0) + self._max_left)

    def _held(self, message: dict[str, Any]) -> Held:
        text = message["Body"]
        letter, whole, flaw, for_now = envelope.read(text, self._objects)
        return Held(
            ticket=Ticket(message["MessageId"], message["ReceiptHandle"]),
            sent_at=int(message.get("Attributes", {}).get("SentTimestamp", 0)),
            text=text,
            letter=letter,
            flaw=flaw,
            for_now=for_now,
            envelope=whole,
            attributes=message.get("MessageAttributes") or {},
        )


def _explain(url: str, error: AwsError) -> str:
    if "NonExistentQueue" in error.code or "QueueDoesNotExist" in error.code:
        return f"There is no queue {url}. Check the function's variable and its region."
    if "AccessDenied" in error.code:
        return f"The function's role may not read {url}: it needs sqs:ReceiveMessage. {error.message}".rstrip()
    return f"{url} cannot be read: {error}. Nothing was lost: try again."
