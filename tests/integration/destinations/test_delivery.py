"""Each kind of destination, over the wire to the AWS emulator: what was sent can be read back."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import JsonApi, Service, connect
from comboio.contract.unpack import Message, read
from comboio.routing.table import load
from dispatcher.destinations import build
from dispatcher.destinations.destination import Destination
from dispatcher.destinations.entry import Entry
from dispatcher.fault import FaultKind
from dispatcher.parcel import Parcel
from local.aws import Aws, messages
from tests.support.dispatcher import parcel, payload, route

ROLE = "arn:aws:iam::000000000000:role/any"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def destination(aws: Aws, kind: str, target: str, options: str = "") -> Destination:
    """Return a destination as a routing table makes it, calling the emulator."""

    def clients(service: Service) -> JsonApi:
        return connect(service, aws.environment, credential_source(aws.environment))

    toml = f'version = 1\n[destinations.a]\ntype = "{kind}"\ntarget = "{target}"\n{options}\n[default]\nto = ["a"]\n'
    return build(load(toml, {}), clients)["a"]


def named() -> str:
    """Return a name that nothing has."""
    return f"d-{uuid.uuid4().hex[:8]}"


def group(offsets: Iterable[int], pack: int = 1) -> list[Parcel]:
    """Parcels with payloads that no encoding may harm."""
    way = route(pack=pack)
    parcels = [parcel(n, way, payload(event_id=f"e-{n}", note='é \U0001f69a "quoted" & <b>+%@')) for n in offsets]
    for one in parcels:
        one.traceparent = TRACE
    return parcels


def send(where: Destination, *together: Sequence[Parcel]) -> None:
    """One call, all of which must be taken."""
    assert where.send([Entry(parcels, *where.make(parcels)) for parcels in together]) == [None] * len(together)


def check(found: Iterable[Message], sent: Sequence[Parcel]) -> None:
    """Check that what arrived is what was sent, with its ids."""
    expected = {(p.record.id, p.correlation_id, TRACE, p.record.value) for p in sent}
    got = [(m.id, m.correlation_id, m.traceparent, json.dumps(m.message).encode()) for m in found]
    assert len(got) == len(sent)
    assert set(got) == expected


def until(found: Callable[[], Any], within_s: float = 15) -> Any:
    """Return what is found, once it is there."""
    deadline = time.monotonic() + within_s
    while not (there := found()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return there


@pytest.fixture
def queue(aws: Aws) -> tuple[str, str]:
    """Give a queue's URL and ARN."""
    return _queue(aws, named())


def _queue(aws: Aws, name: str) -> tuple[str, str]:
    sqs = aws.client("sqs")
    attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_sqs(aws: Aws, queue: tuple[str, str]) -> None:
    """Single messages and a pack arrive in a queue."""
    alone, packed = group([1]), group(range(2, 5), pack=5)
    send(destination(aws, "sqs", queue[0]), alone, packed)
    held = messages(aws, queue[0])
    check((m for each in held for m in read(each.body, each.attributes)), [*alone, *packed])


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "enveloped"])
def test_sns(aws: Aws, queue: tuple[str, str], raw: bool) -> None:
    """What is published to a topic arrives in a queue that subscribed, whichever form its subscription has."""
    sns = aws.client("sns")
    topic = sns.create_topic(Name=named())["TopicArn"]
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue[1], Attributes={"RawMessageDelivery": str(raw).lower()}
    )
    alone, packed = group([1]), group(range(2, 5), pack=5)
    send(destination(aws, "sns", topic), alone, packed)
    held = until(lambda: len(all := messages(aws, queue[0])) == 2 and all)
    check((m for each in held for m in read(each.body, each.attributes)), [*alone, *packed])


def test_sns_fifo(aws: Aws) -> None:
    """A FIFO topic keeps groups, and drops what it was sent again."""
    sns = aws.client("sns")
    topic = sns.create_topic(Name=f"{named()}.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    url, arn = _queue(aws, f"{named()}.fifo")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    where = destination(aws, "sns_fifo", topic)
    parcels = group(range(3))
    for _ in range(2):
        send(where, *([one] for one in parcels))
    held = until(lambda: messages(aws, url))
    assert [each.deduplication_id for each in held] == ["e-0", "e-1", "e-2"]
    check((m for each in held for m in read(each.body, each.attributes)), parcels)


def test_eventbridge(aws: Aws, queue: tuple[str, str]) -> None:
    """A rule that matches on the message's own fields brings the event to its target."""
    events = aws.client("events")
    bus = named()
    events.create_event_bus(Name=bus)
    pattern = {"source": ["comboio"], "detail": {"message": {"codigo": [300]}}}
    events.put_rule(Name=bus, EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=bus, EventBusName=bus, Targets=[{"Id": "1", "Arn": queue[1]}])
    parcels = group(range(3))
    send(destination(aws, "eventbridge", bus), *([one] for one in parcels))
    held = until(lambda: len(all := messages(aws, queue[0])) == 3 and all)
    check((m for each in held for m in read(each.body)), parcels)


def test_kinesis(aws: Aws) -> None:
    """Records arrive in a stream, those of a key in one shard."""
    kinesis = aws.client("kinesis")
    stream = named()
    kinesis.create_stream(StreamName=stream, ShardCount=2)
    until(lambda: _status(kinesis, stream) == "ACTIVE")
    way = route(ordering="key")
    ordered = [parcel(n, way, payload(event_id=f"e-{n}"), token=n % 3) for n in range(30)]
    for one in ordered:
        one.traceparent = TRACE
    packed = group(range(40, 44), pack=5)
    send(destination(aws, "kinesis", stream), *([one] for one in ordered), packed)
    shards_of: dict[str, set[str]] = {}
    found: list[Message] = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        first = {"ShardIteratorType": "TRIM_HORIZON"}
        place = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], **first)["ShardIterator"]
        for record in kinesis.get_records(ShardIterator=place, Limit=1000)["Records"]:
            shards_of.setdefault(record["PartitionKey"], set()).add(shard["ShardId"])
            found += read(record["Data"])
    check(found, [*ordered, *packed])
    assert {"k0", "k1", "k2"} <= set(shards_of)
    assert all(len(shards) == 1 for shards in shards_of.values())


def _status(kinesis: Any, stream: str) -> str:
    return str(kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamStatus"])


def test_firehose(aws: Aws) -> None:
    """What Firehose writes to its bucket is a line of JSON for each message, packed or not."""
    s3, firehose = aws.client("s3"), aws.client("firehose")
    bucket, stream = named(), named()
    s3.create_bucket(Bucket=bucket)
    firehose.create_delivery_stream(
        DeliveryStreamName=stream,
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"IntervalInSeconds": 0, "SizeInMBs": 1},
        },
    )
    alone, packed = group([1]), group(range(2, 5), pack=5)
    spread = parcel(9, value=json.dumps(json.loads(payload(event_id="e-9")), indent=2).encode())
    send(destination(aws, "firehose", stream), alone, packed, [spread])

    def lines() -> list[bytes]:
        objects = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        whole = [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in objects]
        found = [line for text in whole for line in text.splitlines()]
        return found if len(found) >= 5 else []

    found = until(lines)
    assert len(found) == 5
    ids = {message.id for line in found for message in read(line)}
    assert ids == {one.record.id for one in [*alone, *packed, spread]}


RECEIVER = """
import json, boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""


def test_lambda(aws: Aws, queue: tuple[str, str]) -> None:
    """A function, by name or by ARN, gets one event of all messages; one that is not there is a fault, for now."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("receiver.py", RECEIVER)
    made = aws.client("lambda").create_function(
        FunctionName=named(),
        Runtime="python3.13",
        Role=ROLE,
        Handler="receiver.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"QUEUE": queue[0]}},
    )
    parcels = group(range(4))
    for target in (made["FunctionName"], made["FunctionArn"]):
        send(destination(aws, "lambda", target), *([one] for one in parcels))
    held = until(lambda: len(all := messages(aws, queue[0])) == 2 and all)
    for each in held:
        check(read(each.body), parcels)
    nobody = destination(aws, "lambda", named())
    (fault,) = nobody.send([Entry(parcels, *nobody.make(parcels))])
    assert fault is not None and fault.kind is FaultKind.TRANSIENT and "ResourceNotFound" in fault.error


def test_step_functions(aws: Aws) -> None:
    """A message starts one execution, named by its event_id; said again it starts no other, and is no fault."""
    states = aws.client("stepfunctions")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    arn = states.create_state_machine(name=named(), definition=definition, roleArn=ROLE)["stateMachineArn"]
    where = destination(aws, "step_functions", arn)
    alone, packed = group([1]), group(range(2, 5), pack=5)
    for _ in range(2):
        send(where, alone)
        send(where, packed)
    executions = states.list_executions(stateMachineArn=arn)["executions"]
    assert len(executions) == 2
    assert "e-1" in {each["name"] for each in executions}
    inputs = [states.describe_execution(executionArn=each["executionArn"])["input"] for each in executions]
    check((m for text in inputs for m in read(text)), [*alone, *packed])


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("sqs", "{endpoint}/000000000000/nobody"),
        ("sns", "arn:aws:sns:us-east-1:000000000000:nobody"),
        ("kinesis", "nobody"),
        ("firehose", "nobody"),
        ("step_functions", "arn:aws:states:us-east-1:000000000000:stateMachine:nobody"),
    ],
)
def test_a_target_that_is_not_there_buries_nothing(aws: Aws, kind: str, target: str) -> None:
    """A misspelt target is a fault for now, which names the service's own error."""
    where = destination(aws, kind, target.format(endpoint=aws.endpoint))
    (fault,) = where.send([Entry(one, *where.make(one)) for one in [group([1])]])
    assert fault is not None and fault.kind is FaultKind.TRANSIENT
    assert any(word in fault.error for word in ("NotFound", "NotExist", "NonExistent")), fault.error
