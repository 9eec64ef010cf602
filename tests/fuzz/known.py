"""The targets by name: each is a module of `tests.fuzz.targets`, and is imported when it is fuzzed."""

from importlib import import_module

from tests.fuzz.target import Target

TARGETS = {
    "events": "events of the mapping",
    "values": "payloads by every format of contract",
    "packs": "what receivers are sent",
    "tables": "routing tables",
    "redispatches": "events of the replayer to the dispatcher",
    "requests": "requests to the replayer",
    "letters": "dead letters, their pointers, and batches that a mapping gave up",
    "holds": "messages of the hold queue",
    "producer_options": "the producer's config file",
    "consumer_options": "the consumer's options",
    "topics": "the topics file",
    "templates": "templates of CloudFormation, with samconfig.toml",
    "lines": "the producer's lines",
    "schemas": "a schema registry's answers, and messages under its schemas",
    "trace_answers": "what a receiver of traces answers",
    "kafka_answers": "what a cluster of the Kafka destination does",
    "aws_answers": "what services of AWS answer, by each of our own readers",
}


def target(name: str) -> Target:
    """Import a target."""
    found: Target = import_module(f"tests.fuzz.targets.{name}").TARGET
    return found
