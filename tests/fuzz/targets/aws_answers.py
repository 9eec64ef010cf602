"""What services of AWS answer, by each of our own readers: nothing counts as done that an answer does not say.

An input is a line with a reader's name and the status, and the answer behind it. A call that is tried again gets the
same answer.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from comboio.aws.http import Answer
from comboio.aws.json_api import DYNAMODB, SQS, AwsError, JsonApi
from comboio.aws.lambda_function import FunctionClient, invoke_service
from comboio.aws.sqs import QueueCalls
from comboio.claims.claims import FOREVER, Claim, ClaimResult
from comboio.claims.dynamodb import DynamoClaims
from comboio.claims.mark import marks_of
from comboio.contract.redispatch import DONE, outcomes_of
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.destination_state.state import SharedState
from comboio.drain.dynamodb import DynamoDrainStore
from comboio.drain.give_up_store import DynamoGiveUpOrders
from comboio.drain.progress import Progress
from comboio.drain.waiting_index import WaitingIndex
from comboio.ledger.dynamodb import DynamoLedgerStore
from comboio.ledger.encoding import UnreadableLedgerError
from comboio.ledger.ledger import Ledger
from comboio.rate_limit.dynamodb import DynamoTokenStore
from dispatcher.destinations.identity import is_header_value
from dispatcher.destinations.webhook.authorization import from_secret
from dlq_replayer.aws.lambda_function import InvocationError, NamedFunction
from dlq_replayer.aws.sqs import QueueClient
from dlq_replayer.sources.envelope import LetterReader
from dlq_replayer.sources.queue import LetterQueue
from dlq_replayer.sources.source import SourceError
from tests.fuzz.target import CANARY, Target, keep_secret, only, promised
from tests.support.aws_wire import TARGETS, Wire, destination, entries
from tests.support.dispatcher import NOW, InlineExecutor, parcel, payload
from tests.support.replayer import FakeBucket

SENT = 3
"""Entries of a batch call."""
MINE, MINE_SHARED = Claim("event#r#a", "me"), Claim("event#r#a", "me", "events#r#1#0")
REFUSED = b'{"__type":"x#ConditionalCheckFailedException","Item":%b}'


def _ledger(api: JsonApi, answer: Answer) -> None:
    store = DynamoLedgerStore(api, "t")
    with only(AwsError, UnreadableLedgerError):
        leased = store.claim("c/t-0", "me", NOW, NOW + 1, ((0, 1),))
        promised(leased is None or answer.status == 200, "a lease is what DynamoDB gave")
    with only(AwsError):
        settled = store.settle("c/t-0", "me", Ledger(next=1), 0)
        promised(not settled or answer.status == 200, "what DynamoDB did not write is not settled")


def _claims(api: JsonApi, answer: Answer) -> None:
    claims = DynamoClaims(api, "t", InlineExecutor(), 300)
    (mark,) = marks_of([MINE_SHARED])
    kept = f'"{mark.owner}"' in answer.body.decode("utf-8", "replace")  # an item may have it of an earlier delivery
    for asked, until in ((MINE, FOREVER), (MINE_SHARED, FOREVER), (MINE, NOW + 1)):
        (result,) = claims.take([asked], NOW, until)
        promised(result is not ClaimResult.OURS or answer.status == 200 or kept, "a claim is ours by an answer only")
        if asked is MINE:
            promised(claims.keep([asked], NOW) == [False] or answer.status == 200, "a claim is kept by an answer only")
        (owned,) = claims.owned([asked])
        promised(owned is not ClaimResult.OURS or answer.status == 200, "a look that was refused shows nothing")
        claims.free([asked])


def _states(api: JsonApi, answer: Answer) -> None:
    store = DynamoStateStore(api, "t")
    with only(AwsError):
        promised(set(store.read(["destination#a"])) == {"destination#a"}, "each state that was asked for has an answer")
    with only(AwsError):
        written, _ = store.write("destination#a", SharedState())
        promised(not written or answer.status == 200, "what DynamoDB did not write is not there")


def _drained(api: JsonApi, answer: Answer) -> None:
    with only(AwsError):
        DynamoDrainStore(api, "t").read(["g"], within_s=9.0)
    with only(AwsError):
        DynamoGiveUpOrders(api, "t").read(["a"], within_s=9.0)
    with only(AwsError):
        list(WaitingIndex(api, "t").read())
    with only(AwsError):
        DynamoDrainStore(api, "t").write("g", Progress(), NOW, within_s=9.0)
        promised(answer.status == 200, "what DynamoDB did not write raises")


def _tokens(api: JsonApi, answer: Answer) -> None:
    with only(AwsError):
        reserved = DynamoTokenStore(api, "t").reserve("a", 1, 5, 10, NOW)
        promised(0 <= reserved <= 5, "nobody gets more than was asked for")
        promised(reserved == 0 or answer.status == 200, "tokens are what DynamoDB gave")


def _queue(api: JsonApi, answer: Answer) -> None:
    with only(AwsError):
        found = QueueCalls("https://sqs/q", api).send(['"MessageBody":"x"'] * SENT)
        promised(len(found) == SENT, "each entry has an answer")
        promised(all(found) or answer.status == 200, "what SQS refused whole is not in the queue")
    queue = QueueClient("https://sqs/q", api, InlineExecutor())
    with only(AwsError):
        queue.receive(2, 30, 0)
    source = LetterQueue(queue, LetterReader(FakeBucket(), "b"), InlineExecutor(), lambda: 30, readers=1, wait_s=0)
    with only(SourceError):
        for letter in source.read(10, until=0.0):
            promised(isinstance(letter.receipt.handle, str), "a letter can be deleted")
    for done in (queue.delete(["r"] * SENT), queue.make_visible(["r"] * SENT), queue.send([("x", 1)] * SENT)):
        promised(not any(done) or answer.status == 200, "nothing is done that SQS refused whole")


def _secret(api: JsonApi, answer: Answer) -> None:
    with only(AwsError):
        value = from_secret("comboio/partner", lambda service: api).header(1.0)
        promised(answer.status == 200 and is_header_value(value), "a secret is the text of a header")


def _function(api: JsonApi, answer: Answer) -> None:
    with only(InvocationError):
        outcomes = outcomes_of(NamedFunction("dispatcher", FunctionClient(api)).invoke(b"{}"), ["a"])
        promised(outcomes["a"] not in DONE or answer.status == 200, "a letter is done by an answer only")
    with only(InvocationError):
        NamedFunction("dispatcher", FunctionClient(api)).start(b"{}")
        promised(answer.status == 202, "what Lambda did not queue raises")


def _destination(kind: str) -> Callable[[Answer], None]:
    def check(answer: Answer) -> None:
        where = destination(kind, Wire(lambda body: answer))
        sent = [[parcel(offset, value=payload(note=CANARY))] for offset in range(min(SENT, where.max_entries))]
        faults = where.send(entries(where, *sent), 1.0)
        promised(len(faults) == len(sent), "each entry has an answer")
        taken = 200 <= answer.status < 300 or b"ExecutionAlreadyExists" in answer.body
        promised(all(faults) or taken, "what was refused whole was not taken")
        keep_secret(fault.error for fault in faults if fault is not None)

    return check


STORES: Mapping[str, Callable[[JsonApi, Answer], None]] = {
    "ledger": _ledger, "claims": _claims, "states": _states, "drained": _drained, "tokens": _tokens, "queue": _queue,
    "secret": _secret, "function": _function,
}  # fmt: skip
SERVICES = {"queue": SQS, "function": invoke_service("dispatcher")}
CHECKS = {kind: _destination(kind) for kind in TARGETS if kind != "webhook"}


def check(data: bytes) -> None:
    """Answer the reader of the first line."""
    first, _, body = data.partition(b"\n")
    name, _, status = first.decode("latin-1").partition(" ")
    if not status.isascii() or not status.isdigit() or not 200 <= int(status[:3]) < 600:
        return
    answer = Answer(int(status[:3]), body)
    if name in STORES:
        wire = Wire(lambda _: answer)
        STORES[name](wire.clients(SERVICES.get(name, DYNAMODB)), answer)
    elif name in CHECKS:
        CHECKS[name](answer)


def _seeds() -> list[bytes]:
    marks = {mark.name: {"B": mark.owner} for mark in marks_of([MINE_SHARED])}
    item = {"pk": {"S": "events#r#1#0"}, "expires_at": {"N": "1"}, "marks": {"N": "1000"}, **marks}
    ledger = {"next": {"N": "7"}, "owner": {"S": "me"}, "gaps": {"B": "AAEC"}, "delivered": {"SS": ["1-2"]}}
    progress = {"pk": {"S": "drain#g"}, "last": {"S": "x"}, "done": {"B": "AQ=="}, "orders": {"S": "[]"}}
    state = {"pk": {"S": "destination#a"}, "version": {"N": "3"}, "pause_ms": {"N": "100"}, "reserved": {"N": "9"}}
    batch = {
        "Successful": [{"Id": "0"}, {"Id": "1"}],
        "Failed": [{"Id": "2", "Code": "InternalError", "Message": "why", "SenderFault": False}],
    }
    good: list[tuple[str, Any]] = [
        ("ledger", {"Attributes": ledger}),
        ("claims", {"Attributes": item, "Item": item}),
        ("states", {"Responses": {"t": [state]}, "Attributes": state}),
        ("drained", {"Responses": {"t": [progress]}, "Items": [{"waiting": {"S": "{}"}}], "UnprocessedKeys": {}}),
        ("tokens", {}),
        ("queue", {**batch, "Messages": [{"Body": "{}", "MessageId": "1", "ReceiptHandle": "r"}]}),
        ("queue", {"Attributes": {"ApproximateNumberOfMessages": "1", "ApproximateNumberOfMessagesNotVisible": "0"}}),
        ("secret", {"SecretString": "Bearer x"}),
        ("function", {"outcomes": {"a": "dispatched"}, "foreign": "1 of 2"}),
        ("sqs", batch),
        ("sqs_fifo", batch),
        ("eventbridge", {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, {"ErrorCode": "x"}, {"EventId": "2"}]}),
        ("kinesis", {"FailedRecordCount": 1, "Records": [{"SequenceNumber": "1", "ShardId": "s"}, {"ErrorCode": "x"}]}),
        ("firehose", {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}] * 3}),
        ("lambda", {}),
        ("step_functions", {"executionArn": "arn", "startDate": 1.5}),
    ]
    sns = (
        b"<PublishBatchResponse><PublishBatchResult><Successful><member><Id>0</Id></member></Successful><Failed><member>"
        b"<Id>1</Id><Code>InvalidParameter</Code><SenderFault>true</SenderFault></member></Failed>"
        b"</PublishBatchResult></PublishBatchResponse>"
    )
    refusals = [(name, REFUSED % json.dumps(shown).encode()) for name, shown in (("claims", item), ("tokens", state))]
    return [
        *(b"%b 200\n%b" % (name.encode(), json.dumps(answer).encode()) for name, answer in good),
        *(b"%b 400\n%b" % (name.encode(), refusal) for name, refusal in refusals),
        b'sns 200\n<?xml version="1.0" encoding="UTF-8"?>' + sns,
        b"sns_fifo 400\n<ErrorResponse><Error><Code>Throttled</Code></Error></ErrorResponse>",
        b"function 202\n",
    ]


TARGET = Target(
    check,
    _seeds(),
    [
        *(name.encode() for name in (*STORES, *CHECKS)),
        b"200", b"202", b"400", b"429", b"503", b'"ConditionalCheckFailedException"', b'"ThrottlingException"',
        b'{"N":"x"}', b'{"N":"-1"}', b'{"S":7}', b'{"B":"=="}', b'{"NULL":true}', b'{"L":[]}', b'"0"', b'"3"',
        b'"LastEvaluatedKey"', b'"UnprocessedKeys"', b'"Successful"', b'"Failed"', b'encoding="shift_jis"',
    ],
)  # fmt: skip
