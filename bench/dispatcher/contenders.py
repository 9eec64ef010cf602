"""Those that are compared: each takes the batch of an event to one SQS queue and answers the mapping."""

import base64
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.dispatcher.exchange import Exchange
from comboio.aws.credentials import CredentialSource
from comboio.aws.json_api import JsonApi, Service

Function = Callable[[Any, Any], Any]
"""A Lambda handler."""

Json = dict[str, Any]

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/telemetry"
TABLE = "ledger"
REGION = "us-east-1"
ENVIRONMENT = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "no-secret-at-all",
    "AWS_SESSION_TOKEN": "token" * 160,  # Lambda's are as long
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "Bench",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "LEDGER_TABLE": TABLE,
    "DEAD_LETTER_QUEUE_URL": f"{QUEUE_URL}-dead",
    "PYDANTIC_DISABLE_PLUGINS": "1",  # as template.yaml sets it
}

MODES = {
    "unpacked": "",
    "packed": "pack = 100",
    "event": 'idempotency = "event"',
}
"""What a route says besides its destination."""


def routing_table(mode: str) -> str:
    """Return the table of the dispatcher: one destination for all."""
    table = f'version = 1\n[destinations.queue]\ntype = "sqs"\ntarget = "{QUEUE_URL}"\n[default]\nto = ["queue"]\n'
    return f"{table}{MODES[mode]}\n"


class Context:
    """What Lambda hands to a handler, as far as it is looked at."""

    function_name = "bench"
    function_version = "1"
    memory_limit_in_mb = 1769
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"

    def __init__(self, number: int) -> None:
        self.aws_request_id = f"8f5a2c1e-7b3d-4e9a-9c1f-{number:012x}"
        self._ends_at = time.monotonic() + 840

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of 14 minutes, the most that a Kafka mapping allows."""
        return int((self._ends_at - time.monotonic()) * 1000)


def comboio(mode: str, exchange: Exchange, endpoint: str | None) -> Function:
    """Make the dispatcher as it is deployed, with its log line and metrics, and a route of one destination."""
    from comboio.invocation import Invocation
    from dispatcher import wiring
    from dispatcher.garbage_collection import spare_the_collector

    def connect(service: Service, _: Mapping[str, str], credentials: CredentialSource, __: float) -> JsonApi:
        http = exchange.http(endpoint or f"https://{service.name}.{REGION}.amazonaws.com")
        return JsonApi(service, REGION, credentials, http)

    with tempfile.TemporaryDirectory() as folder:
        routes = Path(folder) / "routes.toml"
        routes.write_text(routing_table(mode), encoding="utf-8")
        dispatcher = wiring.build({**os.environ, "DISPATCHER_ROUTES_FILE": str(routes)}, connect=connect).dispatcher
    spare_the_collector()  # as the Lambda entry does

    def function(event: Json, context: Context) -> Any:
        deadline = time.time_ns() // 1_000_000 + context.get_remaining_time_in_millis()
        return dispatcher.dispatch(event, Invocation(context.aws_request_id, deadline))

    return function


def powertools(_: str, exchange: Exchange, endpoint: str | None) -> Function:
    """Powertools as its documentation combines batches and idempotency, and a `send_message` for each record.

    Its Logger and Tracer, which the examples call for each record, are left out: they would only slow it down.
    """
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
    from aws_lambda_powertools.utilities.data_classes.kafka_event import KafkaEventRecord
    from aws_lambda_powertools.utilities.idempotency import (
        DynamoDBPersistenceLayer,
        IdempotencyConfig,
        idempotent_function,
    )

    sqs, dynamodb = _client("sqs", exchange, endpoint), _client("dynamodb", exchange, endpoint)
    processor = BatchProcessor(event_type=EventType.Kafka)
    config = IdempotencyConfig(event_key_jmespath="[topic, partition, offset]")
    store = DynamoDBPersistenceLayer(table_name=TABLE, boto3_client=dynamodb)

    @idempotent_function(  # type: ignore[untyped-decorator]  # as Powertools types it
        data_keyword_argument="record", config=config, persistence_store=store
    )
    def dispatch(record: KafkaEventRecord) -> str:
        body = record.decoded_value.decode()
        message_id: str = sqs.send_message(QueueUrl=QUEUE_URL, MessageBody=body)["MessageId"]
        return message_id

    def function(event: Json, context: Context) -> Any:
        config.register_lambda_context(context)  # type: ignore[arg-type]  # only what is looked at
        return process_partial_response(event, dispatch, processor, context)  # type: ignore[arg-type]

    return function


def floor(_: str, exchange: Exchange, endpoint: str | None) -> Function:
    """Make a loop over boto3's `send_message_batch` by 10: no idempotency, no validation, one call after the other."""
    sqs = _client("sqs", exchange, endpoint)

    def function(event: Json, _: Context) -> Any:
        records = [record for group in event["records"].values() for record in group]
        undone = []
        for start in range(0, len(records), 10):
            together = records[start : start + 10]
            bodies = (base64.b64decode(record["value"]).decode() for record in together)
            listed: Any = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
            for failed in sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=listed).get("Failed", ()):
                record = together[int(failed["Id"])]
                position = {"partition": f"{record['topic']}-{record['partition']}", "offset": record["offset"]}
                undone.append({"itemIdentifier": position})
        return {"batchItemFailures": undone}

    return function


CONTENDERS: dict[str, Callable[[str, Exchange, str | None], Function]] = {
    "comboio": comboio,
    "powertools": powertools,
    "floor": floor,
}


def _client(service: Any, exchange: Exchange, endpoint: str | None) -> Any:
    import boto3

    client = boto3.client(service, endpoint_url=endpoint)
    exchange.boto3(client)
    return client
