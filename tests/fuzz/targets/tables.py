"""Routing tables: one that is used routes every message; of any other, each line names place and fault."""

import re

from comboio.contract.message import MalformedMessageError
from comboio.contract.record import Record
from comboio.routing.table import DEFAULT_TABLE, RoutingError, load
from dispatcher.routes.outlets import outlets
from tests.fuzz.target import CANARY, BrokenPromiseError, Target, only, promised
from tests.support.aws_wire import Wire
from tests.support.dispatcher import NOW, payload

ENVIRON = {
    "ROUTE_TELEMETRY_QUEUE_URL": "https://sqs/telemetry",
    "ROUTE_EVENTS_QUEUE_URL": "https://sqs/events",
    "ROUTE_ALERTS_QUEUE_URL": "https://sqs/alerts.fifo",
    "ROUTE_A": "https://sqs.us-east-1.amazonaws.com/1/q",
    "ROUTE_SECRET": CANARY,
    "SECRET": CANARY,
}
CLIENTS = Wire().clients
LINE = re.compile(r"routes\.toml( is not TOML|, [^:]+(\.[^:]+)*:) ?.*")
"""A fault as the promise has it: the place in the table, and what is wrong there."""

OF_THE_LIBRARY = re.compile(r"Input should|Value error|String should|Extra inputs|Field required")
"""What pydantic says of Python's types, which helps nobody who writes a table."""

TABLES = [
    """
version = 2
[message]
format = "json-envelope"
code = "data.type"
required = ["code", "id"]
[topics.raw.message]
format = "raw"
[topics.avro.message]
format = "json"
registry = "http://registry"
registry_auth = "$ROUTE_SECRET"
[destinations.a]
type = "sqs"
target = "$ROUTE_A"
max_per_s = 100
pick = ["data.x"]
mask = ["data.x.driver"]
mask_key = "$ROUTE_SECRET"
rename = { "data.x.a" = "b.c" }
[destinations.b]
type = "webhook"
target = "https://receiver.example/in"
authorization_secret = "$ROUTE_SECRET"
envelope = "cloudevents"
[[routes]]
name = "stop"
topics = ["t"]
codigos = [300, "301-309", "STOP"]
to = ["a", "b"]
when = { "value.data.speed" = ">120", "header.tenant" = ["acme", "prefix:BR-"], key = { exists = true } }
ordering = "key"
pack = 10
[[routes]]
name = "gone"
value = "tombstone"
to = ["discard"]
[default]
to = ["dead_letter"]
""",
    """
version = 1
[destinations.k]
type = "kinesis"
target = "stream"
concurrency = 4
[destinations.d]
type = "dynamodb"
target = "table"
key = { pk = "truck_id", sk = "event_id" }
[destinations.s]
type = "s3"
target = "bucket"
[[routes]]
name = "r"
codigos = ["300-399"]
to = ["k", "d"]
idempotency = "event"
when_down = "wait"
sample = 0.5
priority = 3
[default]
to = ["s"]
max_attempts = 3
""",
    """
version = 1
[destinations.m]
type = "kafka"
target = "mirror"
bootstrap_servers = "b1:9092,b2:9092"
security = "scram"
scram_user = "u"
scram_password = "$ROUTE_SECRET"
max_messages = 100
max_message_kib = 2048
timestamp = "now"
max_hops = 3
[default]
to = ["m"]
""",
]
VALUES = [
    payload(300),
    payload(305, data={"speed": 121, "type": "STOP"}),
    b'{"payload":{"data":{"type":"STOP"}}}',
    None,
]
RECORDS = [
    Record("", f"{topic}-0", topic, 0, 7, NOW, b"BR-1", value, [{"tenant": list(b"acme")}])
    for topic in ("t", "raw", "avro")
    for value in VALUES
]


def check(data: bytes) -> None:
    """Load a table, make its destinations, and route records by it."""
    text = data.decode("utf-8", "replace")
    with only(RoutingError):
        try:
            router = outlets(load(text, ENVIRON), CLIENTS).router
        except RoutingError as error:
            lines = str(error).split("\n")
            wrong = [line for line in lines if not LINE.fullmatch(line) or OF_THE_LIBRARY.search(line)]
            if wrong:
                raise BrokenPromiseError(f"a line names no place, or no remedy: {wrong[0][:200]!r}") from None
            raise
        for record in RECORDS:
            with only(MalformedMessageError):
                found = router.find(record, router.read(record))
                promised(found is None or found.to, "a route leads somewhere")


TARGET = Target(
    check,
    [DEFAULT_TABLE.read_bytes(), *(table.encode() for table in TABLES)],
    [
        b'"$ROUTE_SECRET"', b'"$ROUTE_A"', b'"$SECRET"', b'"$ROUTE_NOT_SET"', b'"sqs"', b'"sqs_fifo"', b'"sns"',
        b'"lambda"',
        b'"s3"', b'"python"', b'"firehose"', b'"eventbridge"', b'"step_functions"', b'"avro"', b'"glue"', b'"raw"',
        b'"a"',
        b'"dead_letter"', b'"300-399"', b'"key"', b'"event"', b'"divert"', b'"prefix:"', b'{ exists = false }',
        b'"header."',
        b'"value.a.b"', b'"key"', b'{ "anything-but" = ["x"] }', b'{ numeric = [">", 1] }', b'"<5"',
        b'{ cidr = "10.0.0.0/8" }',
        b"[[routes]]\n", b"[destinations.x]\n", b"[topics.t.message]\n", b'"kafka"', b'"msk-iam"', b"cluster = ",
        b"tls_ca = ", b"when = ", b"group = ", b"format = ",
        b"\xe2\x80\xa8",
    ],
)  # fmt: skip
