"""The dispatcher's delivery with what it stands on in memory, for the targets that go all the way."""

from typing import Any

from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.routes.outlets import Outlets
from dispatcher.send.dead_letter_queue import DeadLetterQueue
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import OpenGate
from tests.fuzz.target import keep_secret
from tests.support.dispatcher import NOW, Downstream, FakeQueue, InlineExecutor, MemoryReporter

TABLE = load(
    """
version = 2
[message]
id = "event_id"
[topics.raw.message]
format = "raw"
[destinations.a]
type = "sqs"
[destinations.b]
type = "sqs"
[[routes]]
name = "ordered"
codigos = ["300-309", "STOP"]
to = ["a"]
ordering = "key"
idempotency = "event"
[[routes]]
name = "both"
codigos = [310]
when = { "value.data.speed" = ">120", key = "prefix:k" }
to = ["a", "b"]
sample = 0.5
[[routes]]
name = "deleted"
value = "tombstone"
to = ["b"]
[default]
to = ["dead_letter"]
""",
    {},
)
ROUTER = Router(TABLE)
POOL = InlineExecutor()


class Surroundings:
    """What a batch, a hold message or a letter meets: two destinations, claims, the DLQ, a clock."""

    def __init__(self) -> None:
        self.a, self.b = Downstream("a"), Downstream("b")
        self.queue, self.reporter, self.claims = FakeQueue(), MemoryReporter(), MemoryClaims()
        self.ms = NOW
        self.clocks = Clocks(lambda: self.ms, lambda: self.ms / 1000, self._sleep)
        self._outlets = Outlets(ROUTER, {"a": DestinationState(self.a), "b": DestinationState(self.b)})
        letters = DeadLetterQueue("https://dlq", self.queue.api, POOL, lambda position, text: text)
        self.delivery = Delivery(self.claims, letters, None, OpenGate(), Timeouts(2.0, 60.0), self.clocks)

    def outlets(self) -> Outlets:
        """Return the table in use."""
        return self._outlets

    def _sleep(self, seconds: float) -> None:
        self.ms += int(seconds * 1000) + 1

    def keep_secrets(self) -> None:
        """Check what was told: no warning and no letter's error has the content, and each letter can be read."""
        keep_secret(self.reporter.warnings)
        for kept in self.queue.kept:
            letter = DeadLetter.from_json(kept["MessageBody"])
            keep_secret([letter.error, *_texts(kept)])


def _texts(entry: Any) -> list[str]:
    return [str(each.get("StringValue")) for each in entry.get("MessageAttributes", {}).values()]
