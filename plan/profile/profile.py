"""A traffic profile: what a fleet sends, what must hold of it, and where it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from comboio.message.content import Code


class Order(StrEnum):
    """What must stay in order together."""

    CODE = "code"
    """All messages of a code, of all trucks."""
    TRUCK = "truck"
    """All messages of a truck, of all codes."""
    TRUCK_AND_CODE = "truck+code"
    """The messages of one code of one truck."""
    NONE = "none"
    """Nothing."""


@dataclass(frozen=True, slots=True)
class CodeShare:
    """A code and its share of the traffic."""

    codigo: Code
    """The code: a number, or a text where the contract is somebody else's."""
    share: float
    """Its share, of 1."""


@dataclass(frozen=True, slots=True)
class Trucks:
    """Who sends."""

    count: int
    """How many."""
    shares: tuple[tuple[str, float], ...] = ()
    """Each one's name and share of the messages, the heaviest first, where it was measured; else they send alike."""

    @property
    def heaviest(self) -> tuple[str, float] | None:
        """The truck with most messages and its share, where it was measured."""
        return self.shares[0] if self.shares else None


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a sample gave."""

    source: str
    """Which sample."""
    text: str
    """What came from it, and what did not, in sentences."""


@dataclass(frozen=True, slots=True)
class TopicTraffic:
    """A topic as the profile has it: a domain, and the codes that belong to it."""

    name: str
    """The topic."""
    codes: Sequence[CodeShare]
    """Its codes, the heaviest first; shares of the whole traffic."""

    @property
    def share(self) -> float:
        """Its share of the whole traffic."""
        return sum(code.share for code in self.codes)


class Kind(StrEnum):
    """What a destination is, as far as its price and its calls differ."""

    SQS = "sqs"
    SQS_FIFO = "sqs_fifo"
    WEBHOOK = "webhook"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where messages go."""

    name: str
    """Its name."""
    kind: Kind
    """What it is."""
    share: float
    """The share of all messages that it gets, of 1."""
    latency_ms: float
    """How long it takes to answer a call."""
    max_per_s: float | None
    """Messages a second that it takes; None is no limit that matters."""
    batch: int
    """Messages that one call has."""
    concurrency: int
    """Calls under way at a time, in one environment."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Numbers that somebody named before anything was calculated."""

    partitions: int
    """Partitions of the busiest topic."""
    per_partition: float
    """Messages a second of each."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that a plan follows from."""

    name: str
    """What people call it."""
    rate: float
    """Messages a second, in a usual busy hour."""
    payload_bytes: int
    """Bytes of a message's payload."""
    trucks: Trucks
    """Who sends."""
    topics: Sequence[TopicTraffic]
    """Topics with their codes; the shares of all of them sum to 1."""
    order: Order
    """What must stay in order together."""
    burst: float
    """How many times the rate a burst is."""
    burst_s: float
    """How long one lasts."""
    outage_s: float
    """How long consuming stands still in the outage that the plan must survive."""
    catch_up_s: float
    """How soon after it the lag must be gone."""
    latency_s: float
    """Seconds within which 99 of 100 messages should be at their destination on a usual day."""
    retention_h: float
    """Hours that Kafka keeps a record."""
    growth: float
    """Growth of the rate over the life of the partitions: 1.5 is half as much again."""
    packed: bool
    """Whether many messages travel in one entry of a destination."""
    event_idempotency: float
    """The share of messages on routes with `idempotency = "event"`, of 1."""
    destinations: Sequence[Destination]
    """Where the messages go."""
    guess: Guess | None = None
    """What was guessed, to be judged."""
    measurement: Measurement | None = None
    """What came from a sample."""

    @property
    def peak(self) -> float:
        """Messages a second in a burst."""
        return self.rate * self.burst

    @property
    def codes(self) -> list[CodeShare]:
        """Every code, the heaviest first."""
        return sorted((code for topic in self.topics for code in topic.codes), key=lambda code: -code.share)
