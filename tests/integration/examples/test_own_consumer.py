"""The example of a consumer of one's own feeds the dispatcher as its mapping would."""

import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from comboio.invocation import invocation_of
from dispatcher.wiring import build
from examples import own_consumer
from local.aws import Aws, Deployment, messages
from local.kafka import Kafka
from tests.support.dispatcher import payload

ROUTES = """
version = 1
[destinations.a]
type = "sqs"
target = "{queue}"
[default]
to = ["a"]
ordering = "key"
"""


def test_a_consumer_of_ones_own_dispatches_all(
    embedded_kafka: Kafka, aws: Aws, deployment: Deployment, tmp_path: Path
) -> None:
    """What is in the topic arrives once, although one invocation fails whole and one reports a failure wrongly."""
    topic = f"own-{uuid.uuid4().hex[:8]}"
    embedded_kafka.create_topics({topic: 2})
    queue = aws.client("sqs").create_queue(QueueName=topic)["QueueUrl"]
    routes = tmp_path / "routes.toml"
    routes.write_text(ROUTES.format(queue=queue), encoding="utf-8")
    environ = {**deployment.environment("DispatcherFunction"), "DISPATCHER_ROUTES_FILE": str(routes)}
    environ["DISPATCHER_CLUSTERS"] = ""  # the example names its own broker, which differs in each run
    function = build(environ)
    invocations = 0

    def handler(event: dict[str, Any], context: own_consumer.Context) -> Mapping[str, Any]:
        nonlocal invocations
        invocations += 1
        if invocations == 1:
            raise RuntimeError("once")
        answer = function.dispatcher.dispatch(event, invocation_of(context, time.time_ns() // 1_000_000))
        if invocations == 2:
            [first, *_] = next(iter(event["records"].values()))
            failed = {"partition": f"{first['topic']}-{first['partition']}", "offset": first["offset"]}
            return {"batchItemFailures": [*answer["batchItemFailures"], {"itemIdentifier": failed}]}
        return answer

    producer = Producer({"bootstrap.servers": embedded_kafka.bootstrap})
    sent = {f"e-{n}" for n in range(50)}
    for number, event_id in enumerate(sorted(sent)):
        producer.produce(topic, payload(event_id=event_id), key=f"k-{number % 5}")
    producer.flush(10)
    stop = threading.Event()
    run = threading.Thread(
        target=own_consumer.run, args=(topic, embedded_kafka.bootstrap, handler, stop.is_set, topic), daemon=True
    )
    run.start()
    deadline = time.monotonic() + 60
    while len(arrived := messages(aws, queue)) < len(sent) and time.monotonic() < deadline:
        time.sleep(0.1)
    stop.set()
    run.join(30)
    assert not run.is_alive()
    arrived = messages(aws, queue)
    assert len(arrived) == len(sent)
    assert {event_id for event_id in sent if any(f'"{event_id}"' in each.body for each in arrived)} == sent
    assert invocations >= 3
