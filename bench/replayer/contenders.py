"""Those that are compared: each takes all letters of the queue to their target, and deletes them."""

import io
import json
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from bench.dispatcher.contenders import ENVIRONMENT, QUEUE_URL, REGION, Context
from bench.replayer.canned import Downstream
from comboio.aws.credentials import CredentialSource
from comboio.aws.http import Answer
from comboio.aws.json_api import JsonApi, Service

Connect = Callable[[Service, Mapping[str, str], CredentialSource, float], JsonApi]
Contender = Callable[[Downstream, float], None]


class StubbedHttp:
    """No HTTP: every request takes `latency_s`."""

    def __init__(self, host: str, downstream: Downstream, latency_s: float) -> None:
        self.host = host
        self._downstream = downstream
        self._latency_s = latency_s

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:  # noqa: ARG002 the shape of Http
        """See Http."""
        time.sleep(self._latency_s)
        return Answer(200, self._downstream.answer(headers.get("x-amz-target", "").rpartition(".")[2], body))


def connected(downstream: Downstream, latency_s: float) -> Connect:
    """Make clients whose calls end at `downstream`."""

    def connect(service: Service, _: Mapping[str, str], credentials: CredentialSource, __: float) -> JsonApi:
        http = StubbedHttp(f"{service.name}.{REGION}.amazonaws.com", downstream, latency_s)
        return JsonApi(service, REGION, credentials, http)

    return connect


class DispatcherInProcess:
    """The dispatcher itself, on the same core; an invocation is a call of 5 ms besides."""

    def __init__(self, connect: Connect, latency_s: float) -> None:
        from dispatcher import wiring
        from dispatcher.garbage_collection import spare_the_collector

        table = f'version = 1\n[destinations.queue]\ntype = "sqs"\ntarget = "{QUEUE_URL}"\n[default]\nto = ["queue"]\n'
        with tempfile.TemporaryDirectory() as folder:
            routes = Path(folder) / "routes.toml"
            routes.write_text(table, encoding="utf-8")
            environ = {**os.environ, **ENVIRONMENT, "DISPATCHER_ROUTES_FILE": str(routes)}
            self._redispatch = wiring.build(environ, connect=connect).redispatch
        spare_the_collector()  # as the Lambda entry does
        self._latency_s = latency_s
        self._one_at_a_time = Lock()

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """See RemoteFunction."""
        from comboio.invocation import Invocation

        time.sleep(self._latency_s)
        with self._one_at_a_time:
            return self._redispatch.dispatch(json.loads(event), Invocation("i", time.time_ns() // 1_000_000 + 60_000))

    def start(self, event: bytes) -> None:
        """See RemoteFunction; the replayer never starts the dispatcher without waiting."""
        raise NotImplementedError


def comboio(downstream: Downstream, latency_s: float) -> None:
    """Run the replayer as it is deployed, with its log lines and metrics: `{"action": "replay"}`."""
    _replay(downstream, latency_s, None)


def with_dispatcher(downstream: Downstream, latency_s: float) -> None:
    """Both functions on the one core: claims, sends and all."""
    _replay(downstream, latency_s, DispatcherInProcess(connected(downstream, latency_s), latency_s))


def _replay(downstream: Downstream, latency_s: float, dispatcher: DispatcherInProcess | None) -> None:
    from comboio.invocation import Invocation
    from dlq_replayer import wiring

    environ = {**os.environ, **ENVIRONMENT, "PARKING_QUEUE_URL": f"{QUEUE_URL}-parking", "DISPATCHER_FUNCTION": "d"}
    context = Context(1)
    deadline = time.time_ns() // 1_000_000 + context.get_remaining_time_in_millis()
    replayer = wiring.build(environ, connect=connected(downstream, latency_s), dispatcher=dispatcher)
    answer = replayer.handle({"action": "replay"}, Invocation(context.aws_request_id, deadline))
    if answer["stopped"] != "finished":
        raise RuntimeError(f"The replayer did not finish: {answer}")


def plain(downstream: Downstream, latency_s: float) -> None:
    """Run what one writes first: boto3, receive ten, send each, delete each. No claim, filter, order or counts."""
    import boto3

    def before_send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        time.sleep(latency_s)
        target = request.headers["X-Amz-Target"]
        action = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        given = request.body or b""
        body = downstream.answer(action, given if isinstance(given, bytes) else str(given).encode())
        headers: Any = {"content-type": "application/x-amz-json-1.0", "x-amz-crc32": str(zlib.crc32(body))}
        return AWSResponse(request.url, 200, headers, _Raw(body))

    answering: Any = before_send  # the stubs know no handler that answers
    sqs = boto3.client("sqs", region_name=REGION)
    sqs.meta.events.register("before-send", answering)
    while messages := sqs.receive_message(QueueUrl=f"{QUEUE_URL}-dead", MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.send_message(QueueUrl=QUEUE_URL, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=f"{QUEUE_URL}-dead", ReceiptHandle=message["ReceiptHandle"])


CONTENDERS: dict[str, Contender] = {"comboio": comboio, "with_dispatcher": with_dispatcher, "plain": plain}


class _Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, *_: Any, **__: Any) -> Any:
        while chunk := self.read():
            yield chunk
