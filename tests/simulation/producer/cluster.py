"""The brokers: what they take, when, and what they say of it. Requests of one client and partition come in order."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from confluent_kafka import KafkaError

from tests.simulation.producer.turns import Turns

if TYPE_CHECKING:
    from tests.simulation.producer.client import Client, Sent

PARTITIONS = 2
"""Of each topic."""
QUICK_S = 0.01
INVALID = b'"bad"'
"""What a value has that no broker takes."""

Where = tuple[str, int]
"""A partition."""


@dataclass(eq=False, slots=True)
class Request:
    """A batch of one client for one partition."""

    client: "Client"
    where: Where
    messages: "list[Sent]"
    before: "Request | None"
    """The one on the way before it, unless the client gave that up: the broker takes nothing after a gap."""
    written: bool = False
    failed: KafkaError | None = None
    lost: bool = False
    """Whether it must be sent again."""
    answered: bool = False
    given_up: bool = False

    @property
    def judged(self) -> bool:
        return self.written or self.failed is not None


@dataclass
class Cluster:
    """All brokers, how they behave now, and what they were given."""

    turns: Turns
    random: Random
    up: bool = True
    """Whether requests reach it."""
    mute: bool = False
    """Whether it takes requests and does not answer."""
    slow_s: float = 0.0
    """How long a request is on its way at the most, beside the usual."""
    denied: bool = False
    """Whether the producer has no permission."""
    of_the_record: bool = False
    """Whether it names the invalid record of a batch; else the batch is refused as a whole."""
    max_message_bytes: int = 1_000_000
    logs: defaultdict[Where, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    refused: set[Where] = field(default_factory=set)
    """Partitions in which something was refused: order is not kept past that."""
    clients: "list[Client]" = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    _unanswered: list[Request] = field(default_factory=list)
    _busy_until: dict[tuple[int, Where], float] = field(default_factory=dict)

    def partition(self, topic: str, key: bytes | None) -> Where:
        """Return where a key goes."""
        return topic, crc32(key or b"") % PARTITIONS

    def send(self, request: Request) -> None:
        """Let a request come in, after those of its client that are on their way to the partition."""
        line = (id(request.client), request.where)
        arrives = self.turns.now + self.random.random() * (QUICK_S + self.slow_s)
        arrives = self._busy_until[line] = max(arrives, self._busy_until.get(line, 0.0))
        request.lost = False
        self.turns.at(arrives, lambda: self._arrive(request))

    def recover(self) -> None:
        """Work again: what was not answered is, and what was lost is sent again."""
        self.up, self.mute, self.slow_s, self.denied = True, False, 0.0, False
        unanswered, self._unanswered = self._unanswered, []
        for request in unanswered:
            self._answer(request)
        for client in self.clients:
            client.send_lost()

    def _arrive(self, request: Request) -> None:
        gap = request.before is not None and not request.before.judged
        if not self.up or gap:
            request.lost = True
            if self.up and request.client.runs and not request.given_up:
                self.send(request)  # the broker takes nothing after a gap, and says so
            return
        if not request.judged:
            self._judge(request)
        self._answer(request)

    def _judge(self, request: Request) -> None:
        values = [sent.sent_value or b"" for sent in request.messages]
        if self.denied:
            request.failed = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)
        elif sum(sent.size for sent in request.messages) > self.max_message_bytes:
            request.failed = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
        elif any(INVALID in value for value in values):
            request.failed = KafkaError(KafkaError.INVALID_RECORD if self.of_the_record else KafkaError.INVALID_MSG)
        else:
            request.written = True
            log = self.logs[request.where]
            for sent, value in zip(request.messages, values, strict=True):
                sent.at = len(log)
                log.append(value)
            return
        self.faults[f"kafka: {request.failed.name()}"] += 1
        self.refused.add(request.where)

    def _answer(self, request: Request) -> None:
        if self.mute:
            self._unanswered.append(request)
        else:
            self.turns.after(self.random.random() * QUICK_S, lambda: request.client.answered(request))
