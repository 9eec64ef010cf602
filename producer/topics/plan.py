"""Plans the changes that make a cluster's topics match the topics file. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from producer.topics.file import Topic

RETENTION = "retention.ms"
"""Kafka's name for how long it keeps records."""
MIN_INSYNC = "min.insync.replicas"
"""Kafka's name for how many replicas must have a record before it is acknowledged."""
_MS_PER_HOUR = 3_600_000
"""The topics file counts retention in hours, Kafka in milliseconds."""


class Existing(NamedTuple):
    """A topic as the cluster has it."""

    partitions: int
    """The number of its partitions."""
    options: Mapping[str, str]
    """The options that the topics file can set, by Kafka's names."""


@dataclass(frozen=True, slots=True)
class Create:
    """Creates a topic that does not exist."""

    name: str
    """The topic."""
    partitions: int
    """How many partitions it gets."""
    replication: int | None
    """Its replicas; None is the cluster's default."""
    options: Mapping[str, str]
    """Its options, by Kafka's names."""

    def __str__(self) -> str:
        options = "".join(f", {name}={value}" for name, value in self.options.items())
        return f"+ {self.name}: create with {self.partitions} partitions{options}"


@dataclass(frozen=True, slots=True)
class Grow:
    """Adds partitions to a topic."""

    name: str
    """The topic."""
    have: int
    """Partitions that it has."""
    want: int
    """Partitions that it gets."""

    def __str__(self) -> str:
        return (
            f"~ {self.name}: grow from {self.have} to {self.want} partitions. WARNING: most keys move to another "
            "partition, and their order ends there: if it matters, stop the producers and let consumers catch up first."
        )


@dataclass(frozen=True, slots=True)
class Configure:
    """Changes options of a topic."""

    name: str
    """The topic."""
    have: Mapping[str, str]
    """All options that are known, as they are."""
    want: Mapping[str, str]
    """The options that change, as they will be."""

    def __str__(self) -> str:
        changes = ", ".join(f"{name} {self.have.get(name, 'unset')} -> {value}" for name, value in self.want.items())
        return f"~ {self.name}: {changes}"


@dataclass(frozen=True, slots=True)
class Leave:
    """Reports a difference that Comboio never acts on."""

    name: str
    """The topic."""
    why: str
    """What differs, and what to do about it."""

    def __str__(self) -> str:
        return f"! {self.name}: {self.why}"


Change = Create | Grow | Configure | Leave


def plan(wanted: Mapping[str, Topic], existing: Mapping[str, Existing]) -> list[Change]:
    """Return the changes, topic by topic; none if the cluster matches. Topics that the file lacks stay as they are."""
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
