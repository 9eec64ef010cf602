"""The Kafka mappings that a template declares: as resources, as events of SAM functions, and in nested templates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from consumer.configuration.resolve import Scope, Unknown, parameter_values, section
from consumer.configuration.template import Node, TemplateError, read_template

RESOURCE = "AWS::Lambda::EventSourceMapping"
FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""Types of resources that are templates of their own, and the property that names the file."""

KAFKA_CONFIGURATIONS = ("AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig")

_KAFKA_PROPERTIES = ("ConsumerGroupId", "SchemaRegistryConfig", "ConsumptionMode")
"""What stands in a configuration of Kafka in Lambda's API, and beside the others in SAM's event."""

_MOST_NESTED = 10
"""Templates within templates."""


@dataclass(frozen=True, slots=True)
class MappingConfiguration:
    """A mapping's properties by the names that Lambda's API has, and what is known of its function."""

    name: str
    """Where it is declared, such as `HeavyMapping/Mapping`, or its UUID."""
    properties: Mapping[str, Any]
    function: Mapping[str, Any] = field(default_factory=dict)
    """Properties of the function (Handler, Timeout, MemorySize), as far as they are known."""

    @property
    def topics(self) -> str:
        """The topics, for people."""
        topics = self.properties.get("Topics") or []
        topics = topics if isinstance(topics, list) else [topics]
        return ", ".join("?" if isinstance(each, Unknown) else str(each) for each in topics)


def declared_mappings(path: Path, parameters: Mapping[str, Any]) -> list[MappingConfiguration]:
    """Return the Kafka mappings of a template and of the local templates that it nests.

    Raises:
        TemplateError: a template cannot be read, or is given a parameter that it does not have.
    """
    return list(_mappings(path, parameters, "", {}, 0))


def _mappings(
    path: Path, parameters: Mapping[str, Any], prefix: str, outer: Mapping[str, Node], depth: int
) -> Iterator[MappingConfiguration]:
    if depth > _MOST_NESTED:
        raise TemplateError(f"{path} nests templates in a circle.")
    template = read_template(path)
    scope = Scope(template, parameter_values(template, parameters))
    functions = {**outer, **_functions(template, scope)}
    for name, resource in template["Resources"].items():
        if not isinstance(resource, dict) or not _exists(resource, scope):
            continue
        place, kind = f"{prefix}{name}", resource.get("Type")
        if kind == RESOURCE:
            found = scope.section(resource, "Properties", place)
            if _is_kafka(found):
                yield MappingConfiguration(place, found, _function(found.get("FunctionName"), functions))
        elif kind == FUNCTIONS[0]:
            events = section(section(resource, "Properties", place), "Events", place)
            for event in events:
                each = section(events, event, f"{place}.Events")
                if each.get("Type") in ("MSK", "SelfManagedKafka"):
                    as_api = _from_sam(each["Type"], scope.section(each, "Properties", f"{place}{event}"))
                    yield MappingConfiguration(f"{place}{event}", as_api, functions[name])
        elif isinstance(kind, str) and kind in NESTED:
            inner = scope.section(resource, "Properties", place)
            file = inner.get(NESTED[kind])
            if isinstance(file, str) and "://" not in file:
                given = section(inner, "Parameters", place)
                yield from _mappings(path.parent / file, given, f"{place}/", functions, depth + 1)


def _exists(resource: Node, scope: Scope) -> bool:
    name = resource.get("Condition")
    return not isinstance(name, str) or scope.condition(name) is not False


def _is_kafka(properties: Mapping[str, Any]) -> bool:
    arn = properties.get("EventSourceArn")
    return bool(properties.get("Topics")) or (isinstance(arn, str) and ":kafka:" in arn)


def _functions(template: Node, scope: Scope) -> dict[str, Node]:
    """Return the properties of each function by its logical name, those of SAM's Globals among them."""
    shared = scope.section(section(template, "Globals", "the template"), "Function", "Globals")
    found = {}
    for name, resource in template["Resources"].items():
        if isinstance(resource, dict) and resource.get("Type") in FUNCTIONS:
            own = section(resource, "Properties", str(name))
            wanted: Node = {key: own[key] for key in ("Handler", "Runtime", "Timeout", "MemorySize") if key in own}
            defaults = shared if resource["Type"] == FUNCTIONS[0] else {}
            found[name] = {**defaults, **scope.resolve(wanted)}
    return found


def _function(reference: Any, functions: Mapping[str, Node]) -> Node:
    return functions.get(reference.resource, {}) if isinstance(reference, Unknown) else {}


def _from_sam(kind: str, event: Node) -> Node:
    """Return an event of a SAM function under the names of Lambda's API."""
    found = dict(event)
    configuration = {name: found.pop(name) for name in _KAFKA_PROPERTIES if name in found}
    if kind == "MSK":
        found["EventSourceArn"] = found.pop("Stream", Unknown("the Stream, which the event does not name"))
    elif "KafkaBootstrapServers" in found:
        found["SelfManagedEventSource"] = {"Endpoints": {"KafkaBootstrapServers": found.pop("KafkaBootstrapServers")}}
    if configuration:
        found[KAFKA_CONFIGURATIONS[kind != "MSK"]] = configuration
    return found
