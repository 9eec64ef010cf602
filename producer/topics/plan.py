"""What must change on the cluster for its topics to be as the topics file says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from producer.topics.file import Topic

RETENTION = "retention.ms"
MIN_INSYNC = "min.insync.replicas"
_MS_PER_HOUR = 3_600_000


class Existing(NamedTuple):
    """A topic as the cluster has it; `options` by Kafka's names."""

    partitions: int
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Create:
    """A topic that does not exist. `replication` None is the cluster's default."""

    name: str
    partitions: int
    replication: int | None
    options: Mapping[str, str]

    def __str__(self) -> str:
        options = "".join(f", {name}={value}" for name, value in self.options.items())
        return f"+ {self.name}: create with {self.partitions} partitions{options}"


@dataclass(frozen=True, slots=True)
class Grow:
    """More partitions for a topic."""

    name: str
    have: int
    want: int

    def __str__(self) -> str:
        return (
            f"~ {self.name}: grow from {self.have} to {self.want} partitions. WARNING: most keys move to another "
            "partition, and their order ends there: if it matters, stop the producers and let consumers catch up first."
        )


@dataclass(frozen=True, slots=True)
class Configure:
    """Other options for a topic."""

    name: str
    have: Mapping[str, str]
    want: Mapping[str, str]

    def __str__(self) -> str:
        changes = ", ".join(f"{name} {self.have.get(name, 'unset')} -> {value}" for name, value in self.want.items())
        return f"~ {self.name}: {changes}"


@dataclass(frozen=True, slots=True)
class Leave:
    """A difference that is never acted on."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"! {self.name}: {self.why}"


Change = Create | Grow | Configure | Leave


def plan(wanted: Mapping[str, Topic], existing: Mapping[str, Existing]) -> list[Change]:
    """The changes, topic by topic; none when all is as wanted. Topics that the file does not name are not looked at."""
    changes: list[Change] = []
    for name, topic in wanted.items():
        options = _options(topic)
        there = existing.get(name)
        if there is None:
            changes.append(Create(name, topic.partitions, topic.replication, options))
            continue
        if there.partitions < topic.partitions:
            changes.append(Grow(name, there.partitions, topic.partitions))
        if there.partitions > topic.partitions:
            why = f"has {there.partitions} partitions, the file says {topic.partitions}."
            changes.append(Leave(name, f"{why} Topics never shrink: correct the file"))
        different = {option: value for option, value in options.items() if there.options.get(option) != value}
        if different:
            changes.append(Configure(name, there.options, different))
    return changes


def _options(topic: Topic) -> dict[str, str]:
    options = {}
    if topic.retention_hours is not None:
        options[RETENTION] = str(round(topic.retention_hours * _MS_PER_HOUR))
    if topic.min_insync_replicas is not None:
        options[MIN_INSYNC] = str(topic.min_insync_replicas)
    return options
