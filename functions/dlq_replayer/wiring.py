"""Wires the replayer, once per execution environment."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from aws_lambda_powertools import Logger, Metrics

from comboio.aws.credentials import CredentialSource, credential_source
from comboio.aws.json_api import DYNAMODB, SQS, JsonApi, Service, connect
from comboio.aws.lambda_function import FunctionClient, invoke_service
from comboio.claims.dynamodb import DynamoClaims
from comboio.clocks import Clocks
from comboio.drain.give_up_store import DynamoGiveUpOrders
from comboio.drain.waiting_index import WaitingIndex
from comboio.invocation import Invocation
from dlq_replayer.aws.lambda_function import NamedFunction, RemoteFunction
from dlq_replayer.aws.s3 import S3, Objects
from dlq_replayer.aws.sqs import QueueClient
from dlq_replayer.hold.control import HoldControl
from dlq_replayer.observe.audit import Audit, LogAudit
from dlq_replayer.replayer import Replayer
from dlq_replayer.request.request import DLQ, PARKING, Request
from dlq_replayer.runs import Runs
from dlq_replayer.sender import Capacity
from dlq_replayer.settings import ReplayerSettings
from dlq_replayer.sources.envelope import LetterReader
from dlq_replayer.sources.on_failure import OnFailureObjects
from dlq_replayer.sources.queue import LetterQueue
from dlq_replayer.sources.source import Source
from dlq_replayer.targets import kafka
from dlq_replayer.targets.dispatcher import DispatcherTarget
from dlq_replayer.targets.kafka_producer import KeptProducer
from dlq_replayer.targets.parking import Parking
from dlq_replayer.targets.target import Target, TargetError

_INVISIBLE_AFTER_DEADLINE_S = 2
"""How long after its deadline a run that was killed keeps its messages invisible."""

_MAX_VISIBILITY_S = 43_200
"""Amazon SQS quotas."""

_LONGEST_BATCH_S = 45
"""The dispatcher needs seconds for a batch of letters, whatever its timeout is. A batch that outlasts the run is safe
too: its letters come again, and are found claimed."""

Connect = Callable[[Service, Mapping[str, str], CredentialSource, float], JsonApi]
"""Makes the client of a service, with a timeout of its calls in seconds."""


def build(
    environ: Mapping[str, str],
    *,
    connect: Connect = connect,
    dispatcher: RemoteFunction | None = None,
    itself: RemoteFunction | None = None,
    objects: Objects | None = None,
    audit: Audit | None = None,
    clocks: Clocks | None = None,
) -> Replayer:
    """Build the replayer that the environment describes.

    Args:
        environ: the function's environment.
        connect: makes the client of a service.
        dispatcher, itself: the functions to invoke; those that the environment names unless given.
        objects: S3 unless given.
        audit: is told of each request; log lines and metrics unless given.
        clocks: the time; this machine's unless given.

    Raises:
        SettingsError, NoCredentialsError: what is wrong with the environment.
    """
    settings = ReplayerSettings.from_environment(environ)
    credentials = credential_source(environ)
    clocks = clocks or Clocks()
    # Workers wait in the pool for claims that the pool writes for them, so there is room for both.
    pool = ThreadPoolExecutor(settings.readers + settings.workers + 8, thread_name_prefix="call")
    objects = objects or S3(environ, settings.call_timeout_s)
    reader = LetterReader(objects, settings.dead_letter_bucket)
    service_name = environ.get("POWERTOOLS_SERVICE_NAME") or "comboio-dlq-replayer"
    audit = audit or LogAudit(
        Logger(service=service_name, level=environ.get("LOG_LEVEL") or "INFO"),
        Metrics(service=service_name, namespace=environ.get("POWERTOOLS_METRICS_NAMESPACE") or "Comboio"),
    )
    sqs = connect(SQS, environ, credentials, settings.call_timeout_s + settings.wait_s)
    urls = {DLQ: settings.dead_letter_queue_url, PARKING: settings.parking_queue_url}
    queues = {name: QueueClient(url, sqs, pool) for name, url in urls.items()}

    def function(name: str, timeout_s: float) -> RemoteFunction:
        return NamedFunction(name, FunctionClient(connect(invoke_service(name), environ, credentials, timeout_s)))

    to_dispatcher = dispatcher or function(settings.dispatcher_function, settings.dispatcher_timeout_s + 5.0)
    if itself is None and settings.function_name:
        itself = function(settings.function_name, settings.call_timeout_s)

    def open_source(request: Request, invocation: Invocation) -> Source:
        ends = invocation.deadline - settings.margin_s * 1000 / 2  # the other half is for the last call and the answer
        if request.source not in queues:
            bucket, _, prefix = request.source.removeprefix("s3://").partition("/")
            after = request.continues.after if request.continues else ""
            return OnFailureObjects(objects, bucket, prefix, after, ends=ends, clocks=clocks)

        def visible_in_s() -> int:
            left_s = (invocation.deadline - clocks.now()) // 1000 + _INVISIBLE_AFTER_DEADLINE_S
            return min(max(left_s, 1), _MAX_VISIBILITY_S)

        return LetterQueue(
            queues[request.source],
            reader,
            pool,
            visible_in_s,
            readers=settings.readers,
            wait_s=settings.wait_s,
            ends=ends,
            clocks=clocks,
        )

    hold = None
    if settings.hold_queue_url and settings.ledger_table:
        table = connect(DYNAMODB, environ, credentials, settings.call_timeout_s)
        hold = HoldControl(
            WaitingIndex(table, settings.ledger_table),
            DynamoGiveUpOrders(table, settings.ledger_table),
            QueueClient(settings.hold_queue_url, sqs, pool),
        )

    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    producer = KeptProducer(lambda: kafka.connect(settings.bootstrap_servers, settings.kafka_auth, region))

    def open_target(request: Request, invocation: Invocation) -> Target:
        if request.target == "dispatcher":
            longest_ms = min(settings.dispatcher_timeout_s, _LONGEST_BATCH_S) * 1000
            return DispatcherTarget(to_dispatcher, longest_ms, clocks.sleep, audit.warn)
        if not settings.ledger_table:
            raise TargetError("LEDGER_TABLE is not set on the function: it needs the table to claim letters to Kafka.")
        dynamodb = connect(DYNAMODB, environ, credentials, settings.call_timeout_s)
        claims = DynamoClaims(dynamodb, settings.ledger_table, pool, settings.claim_s)
        producer.get()  # a run that cannot have one does not begin
        return kafka.KafkaTarget(producer, claims, invocation.owner, clocks.now, ordered=request.order == "key")

    runs = Runs(
        open_source,
        open_target,
        Parking(queues[PARKING], objects, settings.dead_letter_bucket),
        pool,
        Capacity(settings.window, settings.batch, settings.workers),
        margin_ms=int(settings.margin_s * 1000),
        clocks=clocks,
    )
    return Replayer(runs, hold, itself, audit, clocks)
