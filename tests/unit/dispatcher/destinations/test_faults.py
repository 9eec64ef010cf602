"""Which errors are the message's own and for good, which ask to slow down, and which are for now."""

import json
from typing import Any

import pytest
from botocore.session import Session

from comboio.aws.http import Answer
from comboio.aws.json_api import THROTTLES
from dispatcher.destinations import eventbridge, firehose, lambda_function, sns, sqs, step_functions
from dispatcher.destinations.entry import Entry
from dispatcher.fault import FaultKind
from tests.support.aws_wire import Wire, destination, entries, kinds, some

T, S, P = FaultKind.TRANSIENT, FaultKind.THROTTLED, FaultKind.PERMANENT


def answered(kind: str, answer: Answer, number: int = 3) -> list[FaultKind | None]:
    """Return what a call of some entries comes to with that answer."""
    where = destination(kind, Wire(lambda body: answer))
    return kinds(where.send(entries(where, *some(number))))


def refusal(code: str, status: int = 400) -> Answer:
    """Return an error of a JSON service."""
    return Answer(status, json.dumps({"__type": code, "message": "why"}).encode())


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("kinesis", "ProvisionedThroughputExceededException", S),
        ("kinesis", "KMSThrottlingException", S),
        ("kinesis", "ResourceNotFoundException", T),
        ("kinesis", "InvalidArgumentException", T),
        ("kinesis", "KMSAccessDeniedException", T),
        ("firehose", "ServiceUnavailableException", S),
        ("firehose", "ResourceNotFoundException", T),
        ("firehose", "InvalidSourceException", T),
        ("eventbridge", "ThrottlingException", S),
        ("eventbridge", "InternalException", T),
        ("eventbridge", "ValidationException", T),
        ("step_functions", "ExecutionAlreadyExists", None),
        ("step_functions", "ExecutionLimitExceeded", S),
        ("step_functions", "ThrottlingException", S),
        ("step_functions", "InvalidExecutionInput", P),
        ("step_functions", "InvalidName", P),
        ("step_functions", "StateMachineDoesNotExist", T),
        ("step_functions", "StateMachineDeleting", T),
        ("step_functions", "InvalidArn", T),
    ],
)
def test_a_call_refused_whole(kind: str, code: str, expected: FaultKind | None) -> None:
    """Only what speaks of the message is for good; a name that was taken is a message that is there."""
    number = 1 if kind == "step_functions" else 3
    assert answered(kind, refusal(code), number) == [expected] * number


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(
    ("kind", "results", "proof", "codes"),
    [
        (
            "kinesis",
            "Records",
            "SequenceNumber",
            {"ProvisionedThroughputExceededException": S, "InternalFailure": T, "Whatever": T},
        ),
        (
            "firehose",
            "RequestResponses",
            "RecordId",
            {"ServiceUnavailableException": S, "InternalFailure": T, "Whatever": T},
        ),
        (
            "eventbridge",
            "Entries",
            "EventId",
            {
                "MalformedDetail": P,
                "ThrottlingException": S,
                "InternalFailure": T,
                "NotAuthorizedForSourceException": T,
            },
        ),
    ],
)
def test_a_failure_is_its_own_entrys(kind: str, results: str, proof: str, codes: dict[str, FaultKind]) -> None:
    """Answers are read by place: a failure is that entry's and nobody else's."""
    told: list[dict[str, Any]] = [{proof: "1"}]
    told.append({})  # neither an error nor an id
    for code in codes:
        told += [{"ErrorCode": code, "ErrorMessage": "why"}, {proof: "1"}]
    expected: list[FaultKind | None] = [None, T]
    for meant in codes.values():
        expected += [meant, None]
    answer = Answer(200, json.dumps({results: told}).encode())
    assert answered(kind, answer, len(told)) == expected


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(
    ("kind", "results", "proof"),
    [("kinesis", "Records", "SequenceNumber"), ("firehose", "RequestResponses", "RecordId")],
)
@pytest.mark.parametrize("number", [2, 4])
def test_an_answer_of_other_entries_proves_nothing(kind: str, results: str, proof: str, number: int) -> None:
    """One result too few or too many: nobody knows whose they are."""
    answer = Answer(200, json.dumps({results: [{proof: "1"}] * number}).encode())
    assert answered(kind, answer) == [T] * 3


def invoked(status: int, code: str | None = None, body: bytes = b'{"message":"why"}') -> Answer:
    """Lambda's answer to an invocation."""
    return Answer(status, body, {"x-amzn-errortype": code} if code else {})


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (invoked(202, body=b""), None),
        (invoked(200), T),  # a proxy: an invocation that was queued is a 202
        (invoked(413, "RequestTooLargeException"), P),
        (invoked(400, "InvalidRequestContentException:http://internal"), P),
        (invoked(400, "InvalidParameterValueException"), T),
        (invoked(404, "ResourceNotFoundException"), T),
        (invoked(403, "AccessDeniedException"), T),
        (invoked(429, "TooManyRequestsException"), S),
        (invoked(429, None, b"<html>"), S),
        (invoked(500, "ServiceException"), T),
        (invoked(502, None, b"[]"), T),
    ],
)
def test_an_invocation_is_taken_or_not(answer: Answer, expected: FaultKind | None) -> None:
    """A status of 202 is a message that Lambda has; its error type says the rest."""
    assert answered("lambda", answer) == [expected] * 3


def published(failed: str = "", taken: tuple[int, ...] = ()) -> Answer:
    """SNS's answer to PublishBatch."""
    done = "".join(f"<member><MessageId>m</MessageId><Id>{index}</Id></member>" for index in taken)
    result = f"<Failed>{failed}</Failed><Successful>{done}</Successful>"
    return Answer(
        200,
        '<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
        f"<PublishBatchResult>{result}</PublishBatchResult></PublishBatchResponse>".encode(),
    )


def lost(index: int, code: str, senders: bool) -> str:
    """Return an entry that SNS did not take."""
    text = f"<Id>{index}</Id><Code>{code}</Code><Message>why</Message><SenderFault>{str(senders).lower()}</SenderFault>"
    return f"<member>{text}</member>"


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
def test_each_sns_entry_has_its_own_answer() -> None:
    """A failure is its own entry's, and an entry that is not spoken of comes again."""
    failed = [
        lost(1, "InvalidParameter", True),
        lost(2, "InternalError", False),
        lost(3, "KMSAccessDenied", True),
        lost(4, "Throttled", True),
        lost(6, "InvalidParameter", False),
    ]
    answer = published("".join(failed), taken=(0, 5))
    assert answered("sns", answer, 8) == [None, P, T, T, S, None, T, T]


@pytest.mark.robustness("an answer of a service that names entries nobody sent")
@pytest.mark.parametrize(
    "names", ["", "<Id/>", "<Id>-1</Id>", "<Id>3</Id>", "<Id>x</Id>", "<Id>0x1</Id>", "<Id>01</Id>"]
)
def test_an_sns_answer_of_other_entries_takes_none(names: str) -> None:
    """A success or a failure that names no entry of the call says nothing of any of them."""
    for answer in (f"<Successful><member>{names}</member></Successful>", f"<Failed><member>{names}</member></Failed>"):
        xml = f"<PublishBatchResponse><PublishBatchResult>{answer}</PublishBatchResult></PublishBatchResponse>"
        assert answered("sns", Answer(200, xml.encode())) == [T] * 3


@pytest.mark.robustness("an answer of a service that is not of its form")
@pytest.mark.parametrize("kind", ["sqs", "kinesis", "firehose", "eventbridge", "step_functions", "lambda"])
@pytest.mark.parametrize(
    "shape", ["{}", "[]", "null", "1", '"x"', "[1,2,3]", "[null,null,null]", "[{},{},{}]", "{'x':1}", "D"]
)
def test_an_answer_of_another_form_takes_none(kind: str, shape: str) -> None:
    """Whatever stands where a service's answer has its list, nothing counts as taken, and nothing is raised."""
    names = ("Successful", "Failed", "Records", "RequestResponses", "Entries", "executionArn")
    deep = "[" * 100_000
    body = deep if shape == "D" else "{" + ",".join(f'"{name}":{shape}' for name in names) + "}"
    number = 1 if kind == "step_functions" else 3
    if kind == "step_functions" and shape not in ("D", "{'x':1}", "{}", "[]", "null"):
        return  # any text is an ARN
    assert answered(kind, Answer(200, body.encode()), number) == [T] * number


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("NotFound", 404, T),
        ("AuthorizationError", 403, T),
        ("InvalidParameter", 400, T),
        ("InternalError", 500, T),
        ("Throttling", 400, S),
        ("KMSThrottling", 400, S),
        ("BatchRequestTooLong", 400, P),
    ],
)
def test_a_batch_that_sns_refuses_whole(code: str, status: int, expected: FaultKind) -> None:
    """A topic that is missing or closed is waited for; a batch too long is sent again one by one."""
    xml = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>why</Message></Error></ErrorResponse>"
    assert answered("sns", Answer(status, xml.encode())) == [expected] * 3


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
def test_a_key_that_sqs_may_not_use_buries_nothing() -> None:
    """SQS calls a missing right to a key the sender's fault, but it is not the message's."""
    failed = [{"Id": "0", "SenderFault": True, "Code": "KmsAccessDenied"}]
    assert answered("sqs", Answer(200, json.dumps({"Failed": failed}).encode()), 1) == [T]


CODES = {
    ("lambda", "Invoke"): lambda_function.PERMANENT,
    ("stepfunctions", "StartExecution"): step_functions.PERMANENT | {step_functions.HAS_IT, step_functions.FULL},
    ("sns", "PublishBatch"): (sns.PERMANENT_ENTRY | {"KMSThrottling"}) - {"InvalidParameterValue"},
    ("firehose", "PutRecordBatch"): {firehose.BUSY},
    ("sqs", "SendMessageBatch"): {"BatchRequestTooLong", "BatchEntryIdsNotDistinct"},
    ("kinesis", "PutRecords"): {"ProvisionedThroughputExceededException", "KMSThrottlingException"} & THROTTLES,
}


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(("service", "operation"), CODES)
def test_the_codes_are_the_services_own(service: str, operation: str) -> None:
    """Every code that is told apart is in the service's model of this call; a misspelt one would do nothing."""
    shapes = Session().get_service_model(service).operation_model(operation).error_shapes
    known = {shape.metadata.get("error", {}).get("code") or shape.name for shape in shapes} | {s.name for s in shapes}
    assert CODES[(service, operation)]
    assert set(CODES[(service, operation)]) <= known


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
def test_codes_of_entries_are_documented_only() -> None:
    """What an entry of an answer may say has no model; these are all that are taken from the documentation."""
    assert {"MalformedDetail"} == eventbridge.PERMANENT
    assert {"InvalidMessageContents", "BatchRequestTooLong"} <= sqs.PERMANENT


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
def test_an_unlucky_call_leaves_its_entries_as_they_were() -> None:
    """An entry can be sent again as it is."""
    wire = Wire(lambda body: Answer(500, b""))
    where = destination("sns", wire)
    made: list[Entry] = entries(where, *some(2))
    where.send(made)
    wire.reply = lambda body: published(taken=(0, 1))
    assert where.send(made) == [None, None]
    assert wire.posted[0][1] == wire.posted[1][1]


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize("encoding", ["x", "shift_jis", "utf-16"])
def test_an_answer_in_an_encoding_that_nobody_reads_proves_nothing(encoding: str) -> None:
    """It is no answer of SNS: what was sent is sent again, and nothing else goes wrong."""
    body = f'<?xml version="1.0" encoding="{encoding}"?><PublishBatchResponse/>'.encode()
    assert answered("sns", Answer(200, body)) == [T] * 3
