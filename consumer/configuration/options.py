"""A mapping's properties as options of the consumer, and a sentence for each that has no counterpart. Pure."""

from collections.abc import Iterator

from consumer.configuration.declared import MappingConfiguration
from consumer.configuration.given import Given
from consumer.configuration.properties import READERS, VARIABLES
from consumer.configuration.resolve import Unknown, unknown_in

_PROVISIONED_ONLY = (
    "FunctionResponseTypes",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
)
"""Properties that AWS documents for mappings with provisioned pollers (kafka-retry-configurations)."""

_NO_CONCERN = frozenset(
    {
        "EventSourceMappingArn",
        "FilterCriteriaError",
        "FunctionArn",
        "FunctionName",
        "LastModified",
        "LastProcessingResult",
        "ResponseMetadata",
        "State",
        "StateTransitionReason",
        "Tags",
        "UUID",
    }
)
"""What names the mapping or tells of its state, and asks for nothing."""

_IN_OTHER_WORDS = {
    "SourceAccessConfigurations": "CONSUMER_SECURITY and its options say how to reach Kafka.",
    "MetricsConfig": "the statistics have their own names (docs/reference/metrics.md).",
    "LoggingConfig": "LOG_LEVEL is the consumer's own.",
    "KmsKeyArn": "nothing here is encrypted with it.",
    "KMSKeyArn": "nothing here is encrypted with it.",
}
"""By property, what holds in its place."""


def given(mapping: MappingConfiguration) -> list[Given]:
    """Return what a mapping gives the consumer, in a fixed order."""
    return list(_given(mapping))


def _given(mapping: MappingConfiguration) -> Iterator[Given]:
    properties = mapping.properties
    for name, read in READERS.items():
        value = properties.get(name)
        unknown = None if isinstance(value, dict) else unknown_in(value)
        if unknown is not None:
            variable = VARIABLES.get(name, "")
            yield Given(variable, sentence=f"{name} is {unknown.why}{_hint(variable)}")
        else:
            yield from read(properties)
    yield from _function(mapping)
    for name, value in properties.items():
        if name in _IN_OTHER_WORDS and value:
            yield Given("", sentence=f"{name} is not honoured: {_IN_OTHER_WORDS[name]}")
        elif name not in READERS and name not in _NO_CONCERN and name not in _IN_OTHER_WORDS:
            yield Given("", sentence=f"{name} is not honoured: it has no meaning for Kafka, or none is known here.")
    retries = [name for name in _PROVISIONED_ONLY if properties.get(name)]
    if retries and not properties.get("ProvisionedPollerConfig"):
        yield Given(
            "",
            sentence=f"{', '.join(retries)}: AWS honours them with a ProvisionedPollerConfig only, which the mapping "
            "does not have; this consumer honours them.",
        )


def _hint(variable: str) -> str:
    return f". Set {variable}." if variable else "."


def _function(mapping: MappingConfiguration) -> Iterator[Given]:
    function = mapping.function
    handler = function.get("Handler")
    if "FunctionArn" in mapping.properties:
        yield Given("CONSUMER_FUNCTION", str(mapping.properties["FunctionArn"]))
    elif isinstance(handler, str) and "." in handler and "python" in str(function.get("Runtime", "")):
        yield Given("CONSUMER_FUNCTION", ":".join(handler.replace("/", ".").rsplit(".", 1)))
    for name, variable in (("Timeout", "CONSUMER_FUNCTION_TIMEOUT_S"), ("MemorySize", "CONSUMER_FUNCTION_MEMORY_MB")):
        if name in function and not isinstance(function[name], Unknown):
            yield Given(variable, str(function[name]))
