"""The file that lists topics: mappings.toml."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from comboio.contract.cluster import cluster_of
from comboio.errors import ConfigurationError
from ops.mappings.declaration import Declaration, Value

_OF_THE_STACK = frozenset({"DispatcherFunctionArn", "DispatcherRoleName", "OnFailureBucketArn", "GrantReading"})
"""Parameters of mapping.yaml in which a file has no say."""

CLUSTERS = ("MskClusterArn", "BootstrapServers")
"""The two ways to name a cluster, of which a mapping has one."""


class MappingsError(ConfigurationError):
    """The file is wrong; the message has a line for each fault, with its place and what to do."""


class TopicMapping(NamedTuple):
    """A topic, and the parameters of mapping.yaml that it is read with."""

    topic: str
    values: Mapping[str, Value]

    @property
    def cluster(self) -> str:
        """Return the cluster that has the topic, as the dispatcher names it."""
        arn, servers = (self.values.get(name) for name in CLUSTERS)
        return cluster_of({"eventSourceArn": arn, "bootstrapServers": servers})


def read(path: Path, declaration: Declaration, given: Mapping[str, Value]) -> list[TopicMapping]:
    """Read the topics of a file. What it does not say is as `given`, and else mapping.yaml's own default.

    Raises:
        MappingsError: it cannot be read, or asks for what no mapping can be.
    """
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MappingsError(f"{path} cannot be read: {error.strerror}. Name a file with [topics] in it.") from None
    except ValueError as error:
        raise MappingsError(f"{path} is not TOML: {error}.") from None
    sections = {"common": whole.get("common", {})}
    topics = whole.get("topics", {})
    sections |= {f"topics.{name}": section for name, section in topics.items()} if isinstance(topics, dict) else {}
    faults = [f"{name}: there is no such section." for name in whole.keys() - {"common", "topics"}]
    faults += [f"{place}{fault}" for place, section in sections.items() for fault in _faults(section, declaration)]
    if len(sections) == 1:
        faults.append('topics: there is none. Write a section [topics."my.topic"] for each.')
    if faults:
        raise _wrong(path, faults)
    common = _over(given, sections.pop("common"))
    found = []
    for place, section in sections.items():
        values = {"Topic": place.removeprefix("topics."), **_over(common, section)}
        broken = [declaration.fault_of("Topic", values["Topic"]), *declaration.broken_rules(values)]
        faults += [f"{place}: {sentence}" for sentence in filter(None, broken)]
        found.append(TopicMapping(str(values["Topic"]), values))
    counts = Counter((each.cluster, each.topic) for each in found)
    faults += [f"topics: {topic} is read twice. Leave one out." for (_, topic), times in counts.items() if times > 1]
    if faults:
        raise _wrong(path, faults)
    return found


def _faults(section: Any, declaration: Declaration) -> list[str]:
    """Return what is wrong with a section by itself."""
    if not isinstance(section, dict):
        return [": it is not a section, in which parameters of mapping.yaml have values."]
    own = [f".{name}: the stack says it. Leave it out." for name in section if name in _OF_THE_STACK]
    return own + [
        f".{name}: {fault}"
        for name, value in section.items()
        if name not in _OF_THE_STACK and (fault := declaration.fault_of(name, value))
    ]


def _over(values: Mapping[str, Value], section: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of a section, and the others that it leaves as they are. A cluster takes the other's place."""
    kept = {} if any(section.get(name) for name in CLUSTERS) else dict.fromkeys(CLUSTERS)
    return {name: value for name, value in values.items() if name not in CLUSTERS or name in kept} | dict(section)


def _wrong(path: Path, faults: list[str]) -> MappingsError:
    return MappingsError("\n".join(f"{path.name}, {fault}" for fault in faults))
