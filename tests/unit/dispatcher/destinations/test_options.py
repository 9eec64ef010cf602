"""What routes.toml may say of a destination, and what a wrong word brings."""

from typing import Any

import pytest

from comboio.routing.table import RoutingError
from tests.support.aws_wire import TARGETS, Wire, destination, entries
from tests.support.dispatcher import parcel, payload, route


@pytest.mark.parametrize("kind", TARGETS)
def test_each_kind_needs_no_option(kind: str) -> None:
    """A type and a target are enough."""
    made = destination(kind, Wire())
    assert made.name == "a" and 1 <= made.concurrency <= 64


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("wrong", [{"concurency": 3}, {"concurrency": 0}, {"concurrency": "8"}, {"concurrency": True}])
def test_a_wrong_option_is_one_message(kind: str, wrong: dict[str, Any]) -> None:
    """A misspelt option or a wrong value names its destination and itself, on one line."""
    with pytest.raises(RoutingError, match=r"^routes\.toml, destinations\.a: conc\w+: .+$") as raised:
        destination(kind, Wire(), **wrong)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", TARGETS)
def test_a_target_is_needed(kind: str) -> None:
    """A destination without a target says so."""
    with pytest.raises(RoutingError, match=r"destinations\.a: .*(target|ends with)"):
        destination(kind, Wire(), target="")


@pytest.mark.parametrize(
    ("kind", "changed", "told"),
    [
        ("sqs", {"target": "https://sqs/q.fifo"}, "sqs_fifo"),
        ("sqs_fifo", {"target": "https://sqs/q"}, r"\.fifo"),
        ("sns", {"target": "arn:aws:sns:us-east-1:0:t.fifo"}, "sns_fifo"),
        ("sns", {"target": "topic"}, "ARN"),
        ("sns_fifo", {"target": "arn:aws:sns:us-east-1:0:t"}, r"\.fifo"),
        ("sns", {"max_message_kib": 2048}, "max_message_kib"),
        ("eventbridge", {"source": "aws.ec2"}, "reserved for AWS"),
        ("eventbridge", {"source": ""}, "source"),
        ("kinesis", {"max_record_kib": 20_000}, "max_record_kib"),
        ("firehose", {"target": "arn:aws:firehose:us-east-1:0:deliverystream/x"}, "name"),
        ("lambda", {"target": "a function"}, "function"),
        ("lambda", {"max_messages": 0}, "max_messages"),
        ("step_functions", {"target": "machine"}, "ARN of a state machine"),
        ("webhook", {"target": "//h/"}, "http"),
        ("webhook", {"target": "http://h/a path"}, "ASCII"),
        ("webhook", {"target": "http://h/caf\u00e9"}, "ASCII"),
        ("webhook", {"target": "http://caf\u00e9.example/"}, "ASCII"),
        ("webhook", {"target": "http://h/\r\nx: y"}, "ASCII"),
        ("webhook", {"target": f"http://{'a' * 64}.example/"}, "xn--"),
        ("webhook", {"target": "http://../"}, "xn--"),
        ("webhook", {"max_kib": 0}, "max_kib"),
    ],
)
def test_a_kinds_own_options(kind: str, changed: dict[str, Any], told: str) -> None:
    """What a kind cannot use is refused when the table is loaded, not when the first message is sent."""
    with pytest.raises(RoutingError, match=told):
        destination(kind, Wire(), **changed)


def test_a_larger_topic_takes_larger_messages() -> None:
    """The options that say how a resource was set up move the limits."""
    assert destination("sns", Wire(), max_message_kib=1024).max_entry_bytes == 1_048_576
    assert destination("kinesis", Wire(), max_record_kib=10_240).max_entry_bytes == 10_485_760
    assert destination("lambda", Wire(), max_messages=7).max_entries == 7


@pytest.mark.parametrize(
    ("target", "member"),
    [("readings", "StreamName"), ("arn:aws:kinesis:us-east-1:000000000000:stream/readings", "StreamARN")],
)
def test_a_stream_is_named_or_addressed(target: str, member: str) -> None:
    """A stream's ARN goes where the API wants ARNs."""
    wire = Wire()
    where = destination("kinesis", wire, target=target)
    where.send(entries(where, [parcel(1, route(), payload())]))
    assert f'"{member}":"{target}"'.encode() in wire.posted[0][1]


def test_a_function_is_called_at_its_own_path() -> None:
    """The function's name, ARN or alias is one segment of the path."""
    wire = Wire()
    destination("lambda", wire)
    (service,) = wire.services
    assert service.path == (
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Areceiver%3Alive/invocations"
    )
