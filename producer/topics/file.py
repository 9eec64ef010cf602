"""The topics file: which codes go to which topic, and how each topic is configured on the cluster."""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from comboio.errors import ConfigurationError
from comboio.routing.codigo_range import CodigoRange

SHIPPED = Path(__file__).with_name("topics.toml")
"""The package's own topics file, used unless PRODUCER_TOPICS_FILE names another."""


class TopicsError(ConfigurationError):
    """The topics file cannot be used; the text names the file, the place in it, and the fault."""


def _as_ranges(entries: object) -> object:
    if not isinstance(entries, list):
        raise ValueError('codes are a list of numbers and ranges, such as [300, "340-349"]')
    return [_as_range(entry) for entry in entries]


def _as_range(entry: object) -> range:
    codes = CodigoRange.parse(entry)
    return range(codes.low, codes.high + 1)


Codes = Annotated[tuple[range, ...], BeforeValidator(_as_ranges)]
"""Codes as the file writes them, `[300, "340-349"]`, and as ranges in memory."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Rule(_Part):
    """Sends some codes to a topic."""

    codes: Codes
    """The codes that the rule takes."""
    topic: str
    """Where they go."""


class Strategy(_Part):
    """An ordered list of rules: the first that has the code wins."""

    default: str
    """The topic of codes that no rule takes."""
    rules: tuple[Rule, ...] = ()
    """The rules, in the order in which they are asked."""

    def topics(self) -> list[str]:
        """Return every topic that the strategy can resolve to, each once."""
        return list(dict.fromkeys([self.default, *(rule.topic for rule in self.rules)]))


class Topic(_Part):
    """How a topic is configured on the cluster. An option that is not given stays as the cluster has it."""

    partitions: int = Field(ge=1, le=10_000)
    """The number of partitions; an existing topic only ever grows."""
    replication: int | None = Field(None, ge=1, le=15)
    """Replicas of a new topic; None is the cluster's default."""
    retention_hours: float | None = Field(None, gt=0)
    """Hours that Kafka keeps records: `retention.ms`."""
    min_insync_replicas: int | None = Field(None, ge=1, le=15)
    """Replicas that must have a record before it is acknowledged: `min.insync.replicas`."""


class Topics(_Part):
    """The topics file."""

    known: Codes
    """Codes that exist; a reading with another one is rejected."""
    strategies: dict[str, Strategy]
    """The strategies by name, as PRODUCER_TOPIC_STRATEGY chooses them."""
    topics: dict[str, Topic]
    """Every topic that a strategy names, and its configuration."""

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Self:
        """Read and check the file.

        Raises:
            TopicsError: it cannot be read, is not TOML, breaks the schema, or a rule names a topic it lacks.
        """
        try:
            topics = cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise TopicsError(f"{path}: cannot be read: {error.strerror}") from None
        except ValidationError as error:
            faults = "\n".join(f"  {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
            raise TopicsError(f"{path}:\n{faults}") from None
        except ValueError as error:  # TOML that is none, text that is not UTF-8, or a number of too many digits
            raise TopicsError(f"{path}: not TOML: {error}") from None
        except RecursionError:
            raise TopicsError(f"{path}: not TOML that can be read: it is nested too deeply") from None
        for name, strategy in topics.strategies.items():
            for topic in strategy.topics():
                if topic not in topics.topics:
                    raise TopicsError(f"{path}: strategy {name!r} names the topic {topic!r}, which [topics] lacks")
        return topics

    def strategy(self, name: str) -> Strategy:
        """Return the strategy of that name.

        Raises:
            TopicsError: there is none.
        """
        if name not in self.strategies:
            raise TopicsError(f"no topic strategy {name!r}: the topics file has {', '.join(self.strategies)}")
        return self.strategies[name]
