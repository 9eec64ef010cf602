"""Calls of a JSON service: what is tried again, what is not, and how errors read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comboio.aws.connection import CertificateFileError
from comboio.aws.endpoint import EndpointError, endpoint
from comboio.aws.http import Answer, KeptConnections, UnreachableError
from comboio.aws.json_api import (
    DYNAMODB,
    EVENTBRIDGE,
    FIREHOSE,
    KINESIS,
    SQS,
    STEP_FUNCTIONS,
    THROTTLES,
    AwsError,
    JsonApi,
    Service,
    connect,
)
from comboio.aws.sigv4 import Credentials
from tests.support.certificate import make_certificate
from tests.support.hostile_server import answering, hostile
from tests.support.web_server import Reply, Web, serving

KEYS = Credentials("AKIDEXAMPLE", "secret")


def error(code: str, message: str = "why", **more: Any) -> bytes:
    """Return the body of an error answer."""
    return json.dumps({"__type": code, "message": message, **more}).encode()


class Line:
    """An Http that answers by a script, then 200 and `{}`; remembers what was posted."""

    host = "sqs.us-east-1.amazonaws.com"

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script)
        self.posted: list[tuple[dict[str, str], bytes]] = []
        self.timeouts: list[float | None] = []

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        self.posted.append((headers, body))
        self.timeouts.append(timeout_s)
        answer = self.script.pop(0) if self.script else Answer(200, b"{}")
        if isinstance(answer, Exception):
            raise answer
        return answer


def api(line: Line, waits: list[float] | None = None) -> JsonApi:
    """SQS at the other end of `line`, at a fixed time; `waits` hears how long it would have slept."""
    heard = waits if waits is not None else []
    return JsonApi(
        SQS, "us-east-1", lambda: KEYS, line, now=lambda: 1_795_359_844_000, sleep=heard.append, jitter=lambda: 1.0
    )


@pytest.fixture
def web() -> Iterator[Web]:
    """Give a server of one's own."""
    with serving() as web:
        yield web


def test_a_call_over_the_wire(web: Web) -> None:
    """A call is one signed POST with the action in its header, and its answer the decoded object."""
    web.script = [Reply(200, b'{"MessageId":"7"}')]
    http = KeptConnections(web.endpoint)
    service = JsonApi(SQS, "sa-east-1", lambda: Credentials("AKID", "s", "token"), http)
    assert service.call("SendMessage", {"MessageBody": "é"}) == {"MessageId": "7"}
    (request,) = web.requests
    assert request.headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert request.headers["content-type"] == "application/x-amz-json-1.0"
    assert request.headers["host"] == f"127.0.0.1:{web.port}"
    assert request.headers["x-amz-security-token"] == "token"
    assert "/sa-east-1/sqs/aws4_request" in request.headers["authorization"]
    assert json.loads(request.body) == {"MessageBody": "é"}
    http.close()


@pytest.mark.robustness("answers that are none: interim, cut off, doubled, no HTTP")
def test_a_stumble_over_the_wire_is_made_good(web: Web) -> None:
    """A 500, a throttle and a cut connection are tried again, over a real connection."""
    web.script = [Reply(503, b"<html>"), Reply(cut=True), Reply(200, b'{"a":1}')]
    http = KeptConnections(web.endpoint)
    service = JsonApi(SQS, "us-east-1", lambda: KEYS, http, sleep=lambda _: None)
    assert service.call("A", {}) == {"a": 1}
    assert len(web.requests) >= 3
    http.close()


def test_bytes_are_sent_as_they_are() -> None:
    """A request that is JSON already is not encoded again."""
    line = Line()
    api(line).call("A", b'{"a": 1}')
    assert line.posted[0][1] == b'{"a": 1}'


@pytest.mark.robustness("answers that are none: interim, cut off, doubled, no HTTP")
def test_an_empty_success_is_an_empty_object() -> None:
    """Actions that answer nothing give an empty object."""
    assert api(Line(Answer(200, b""))).call("A", {}) == {}


TRANSIENT = [
    Answer(500, b""),
    Answer(502, b"<html>Bad Gateway</html>"),
    Answer(503, error("ServiceUnavailable")),
    Answer(429, b"{}"),
    *(Answer(400, error(code)) for code in sorted(THROTTLES)),
    Answer(400, error("com.amazonaws.dynamodb.v20120810#ThrottlingException")),
    UnreachableError("cut off"),
    Answer(200, b"<html>hello from a proxy</html>"),
    Answer(200, b'{"half":'),
    Answer(200, b"[]"),
    Answer(200, b"\xff"),
]


def _trouble_id(trouble: Answer | Exception) -> str:
    """Return a name that is the same in every process, as workers that share the tests need it."""
    return f"{trouble.status} {trouble.body!r}" if isinstance(trouble, Answer) else str(trouble)


@pytest.mark.parametrize("trouble", TRANSIENT, ids=_trouble_id)
def test_what_may_pass_is_tried_again(trouble: Answer | Exception) -> None:
    """Server errors, throttles, silence and answers that cannot be read are tried again, with longer waits."""
    waits: list[float] = []
    line = Line(trouble, trouble, Answer(200, b'{"done":true}'))
    assert api(line, waits).call("A", {}) == {"done": True}
    assert waits == [0.05, 0.1]


@pytest.mark.parametrize("trouble", TRANSIENT, ids=_trouble_id)
@pytest.mark.parametrize("tries", [1, 3])
def test_it_gives_up_after_its_tries(trouble: Answer | Exception, tries: int) -> None:
    """After so many tries in all the error comes out, and says that it may pass."""
    line = Line(*[trouble] * 9)
    with pytest.raises(AwsError) as caught:
        api(line).call("A", {}, tries=tries)
    assert len(line.posted) == tries
    assert caught.value.transient


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ConditionalCheckFailedException"),
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (404, "NotFound"),
        (413, "RequestEntityTooLarge"),
    ],
)
def test_what_is_refused_is_not_tried_again(status: int, code: str) -> None:
    """A refusal is final: one call, no wait, and the service's own code and words."""
    waits: list[float] = []
    line = Line(Answer(status, error(f"com.amazonaws.some.v1#{code}", "because")))
    with pytest.raises(AwsError) as caught:
        api(line, waits).call("PutIt", {})
    assert (caught.value.code, caught.value.message, caught.value.status) == (code, "because", status)
    assert (len(line.posted), waits, caught.value.transient) == (1, [], False)
    assert str(caught.value) == f"sqs PutIt: {code} ({status}) because"


@pytest.mark.robustness("answers that are none: interim, cut off, doubled, no HTTP")
@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"__type":"A","Message":"capital"}', "A", "capital"),
        (b'{"code":"B"}', "B", ""),
        (b"{}", "400", ""),
        (b"", "400", "the answer is not JSON"),
        (b"<Error/>", "400", "the answer is not JSON"),
        (b"[1]", "400", "the answer is not JSON"),
        (b'"text"', "400", "the answer is not JSON"),
        (b"\xff\xfe", "400", "the answer is not JSON"),
    ],
)
def test_any_error_body_makes_an_error(body: bytes, code: str, message: str) -> None:
    """Whatever an error's body is, the error has a code and words, if only the status."""
    with pytest.raises(AwsError) as caught:
        api(Line(Answer(400, body))).call("A", {})
    assert (caught.value.code, caught.value.message) == (code, message)


def test_an_error_keeps_what_else_was_answered() -> None:
    """The fields of an error's answer are there for those who asked for them, as DynamoDB's old item."""
    with pytest.raises(AwsError) as caught:
        api(Line(Answer(400, error("ConditionalCheckFailedException", Item={"pk": {"S": "x"}})))).call("A", {})
    assert caught.value.fields["Item"] == {"pk": {"S": "x"}}


@pytest.mark.robustness("calls that would outlast their time")
def test_silence_is_called_unreachable() -> None:
    """A call that nobody answered has its own code and no status."""
    with pytest.raises(AwsError) as caught:
        api(Line(UnreachableError("refused"))).call("A", {}, tries=1)
    assert (caught.value.code, caught.value.status, caught.value.throttled) == ("Unreachable", 0, False)


def test_every_try_is_signed_anew() -> None:
    """Keys that are renewed between two tries are used for the second."""
    keys = iter([Credentials("OLD", "s"), Credentials("NEW", "s")])
    line = Line(Answer(500, b""))
    JsonApi(SQS, "us-east-1", lambda: next(keys), line, sleep=lambda _: None).call("A", {})
    assert ["OLD/" in line.posted[0][0]["authorization"], "NEW/" in line.posted[1][0]["authorization"]] == [True, True]


def test_the_signature_is_of_now() -> None:
    """A signature carries the time of its call in UTC."""
    line = Line()
    api(line).call("A", {})
    assert line.posted[0][0]["x-amz-date"] == "20261122T150404Z"


def test_waits_are_random() -> None:
    """Each wait is a random part of its bound, so that many callers do not come back together."""
    waits: list[float] = []
    parts = iter([0.5, 0.25])
    service = JsonApi(
        SQS, "r", lambda: KEYS, Line(*[Answer(500, b"")] * 2), sleep=waits.append, jitter=lambda: next(parts)
    )
    service.call("A", {})
    assert waits == [0.025, 0.025]


@pytest.mark.parametrize(
    ("service", "region", "environ", "address"),
    [
        (SQS, "us-east-1", {}, "https://sqs.us-east-1.amazonaws.com"),
        (DYNAMODB, "cn-north-1", {}, "https://dynamodb.cn-north-1.amazonaws.com.cn"),
        (SQS, "us-east-1", {"AWS_ENDPOINT_URL": "http://localhost:1"}, "http://localhost:1"),
        (SQS, "us-east-1", {"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_SQS": "http://b"}, "http://b"),
        (EVENTBRIDGE, "us-east-1", {"AWS_ENDPOINT_URL_EVENTBRIDGE": "http://e"}, "http://e"),
        (STEP_FUNCTIONS, "us-east-1", {"AWS_ENDPOINT_URL_SFN": "http://s"}, "http://s"),
        (KINESIS, "us-east-1", {"AWS_ENDPOINT_URL_SQS": "http://b"}, "https://kinesis.us-east-1.amazonaws.com"),
        (FIREHOSE, "us-east-1", {"AWS_ENDPOINT_URL": ""}, "https://firehose.us-east-1.amazonaws.com"),
    ],
)
def test_a_service_is_where_the_environment_says(
    service: Service, region: str, environ: dict[str, str], address: str
) -> None:
    """An endpoint of the service's own goes before one for all, and that before AWS itself."""
    assert endpoint(service.name, region, environ) == address


@pytest.mark.robustness("options at their least and their most")
@pytest.mark.parametrize(
    "environ",
    [
        {"AWS_ENDPOINT_URL": "nonsense"},
        {"AWS_ENDPOINT_URL": "localhost:4566"},
        {"AWS_ENDPOINT_URL": "http://[::1"},
        {"AWS_ENDPOINT_URL": "http://x:99999"},
        {"AWS_ENDPOINT_URL": "http://user:S3cret@x"},
        {"AWS_ENDPOINT_URL_SQS": " https://x"},
        {"AWS_REGION": "eu west"},
        {"AWS_REGION": "eu-west-1 "},
    ],
    ids=str,
)
def test_what_is_no_address_stops_the_start(environ: dict[str, str]) -> None:
    """It is one clear error that names the variables and repeats no value; a text without a host would have led every
    call to this machine, and a blank in the region to nowhere."""
    with pytest.raises(EndpointError, match="AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL or AWS_REGION") as told:
        connect(SQS, environ, lambda: KEYS)
    assert "S3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("environ", "region"),
    [
        ({"AWS_REGION": "sa-east-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "sa-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({}, "us-east-1"),
    ],
)
def test_connect_takes_region_and_endpoint_from_the_environment(web: Web, environ: dict[str, str], region: str) -> None:
    """A connected service calls the endpoint and signs for the region that the environment names."""
    service = connect(DYNAMODB, {**environ, "AWS_ENDPOINT_URL": web.endpoint}, lambda: KEYS)
    assert service.call("ListTables", {}) == {}
    assert f"/{region}/dynamodb/" in web.requests[0].headers["authorization"]
    assert web.requests[0].headers["x-amz-target"] == "DynamoDB_20120810.ListTables"


def test_the_certificates_of_aws_ca_bundle_are_trusted(tmp_path: Path) -> None:
    """A client trusts whom AWS_CA_BUNDLE names, as AWS's own SDKs do, and without it whom the system trusts."""
    certificate = make_certificate(tmp_path)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with hostile(answering(answer), tls=certificate.server) as server:
        environ = {"AWS_ENDPOINT_URL": f"https://localhost:{server.port}"}
        trusting = connect(DYNAMODB, {**environ, "AWS_CA_BUNDLE": str(certificate.file)}, lambda: KEYS)
        assert trusting.call("ListTables", {}) == {}
        with pytest.raises(AwsError, match="CERTIFICATE_VERIFY_FAILED"):
            connect(DYNAMODB, environ, lambda: KEYS).call("ListTables", {}, tries=1)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bundle_without_certificates_stops_at_start(tmp_path: Path, content: str | None) -> None:
    """A path that leads to nothing, or to no certificate, is told by the variable's name."""
    file = tmp_path / "bundle.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(CertificateFileError, match="AWS_CA_BUNDLE"):
        connect(DYNAMODB, {"AWS_CA_BUNDLE": str(file)}, lambda: KEYS)


def test_a_service_of_one_resource_is_called_at_its_path(web: Web) -> None:
    """A service that does not speak JSON this way has its POST signed for its own path, and its answer as it is."""
    web.script = [Reply(404, b"<none/>")]
    service = connect(
        Service("lambda", "", "", "/2015-03-31/functions/f%3Alive/invocations"),
        {"AWS_ENDPOINT_URL_LAMBDA": web.endpoint + "/"},
        lambda: KEYS,
    )
    answer = service.post("Invoke", {"x-amz-invocation-type": "Event"}, b"{}")
    assert (answer.status, answer.body) == (404, b"<none/>")
    (request,) = web.requests
    assert request.path == "/2015-03-31/functions/f%3Alive/invocations"
    assert request.headers["x-amz-invocation-type"] == "Event"
    assert "/us-east-1/lambda/aws4_request" in request.headers["authorization"]


@pytest.mark.robustness("calls that would outlast their time")
def test_a_post_without_an_answer_is_unreachable() -> None:
    """A raw call fails as any other when nobody answers."""
    with pytest.raises(AwsError) as raised:
        api(Line(UnreachableError("nobody"))).post("Invoke", {}, b"")
    assert (raised.value.code, raised.value.action, raised.value.transient) == ("Unreachable", "Invoke", True)


class Slow(Line):
    """A line on which each call takes all the time that it is given, and a server that never answers."""

    def __init__(self, own_s: float = 5.0) -> None:
        super().__init__()
        self.now = 100.0
        self.own_s = own_s

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        super().post(headers, body, timeout_s)
        self.now += min(self.own_s, self.own_s if timeout_s is None else timeout_s)
        raise UnreachableError("TimeoutError")

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.robustness("a service that takes all the time there is")
@pytest.mark.parametrize("tries", [None, 1, 3, 50])
@pytest.mark.parametrize("timeout_s", [None, 0.4, 60.0])
@pytest.mark.parametrize("left_s", [-1.0, 0.0, 0.001, 0.3, 5.0, 7.0, 60.0])
def test_nothing_is_begun_or_awaited_after_until(left_s: float, timeout_s: float | None, tries: int | None) -> None:
    """Tries, their waits and the waits between them all end by `until`, whatever else is allowed."""
    line = Slow()
    service = JsonApi(
        SQS, "r", lambda: KEYS, line, clock=lambda: line.now, sleep=line.sleep, jitter=lambda: 1.0, now=lambda: 0
    )
    until = line.now + left_s
    with pytest.raises(AwsError) as caught:
        service.call("A", {}, tries=tries, timeout_s=timeout_s, until=until)
    assert line.now <= max(until, 100.0) + 1e-9
    assert (caught.value.code, caught.value.transient) == ("Unreachable", True)
    assert bool(line.posted) == (left_s > 0)


@pytest.mark.robustness("calls that would outlast their time")
def test_a_try_has_its_own_bound() -> None:
    """`timeout_s` is of each try, and is handed to the transport as it is where there is no `until`."""
    line = Line(Answer(500, b""), Answer(500, b""))
    api(line).call("A", {}, timeout_s=0.7)
    assert line.timeouts == [0.7, 0.7, 0.7]
    line = Line()
    api(line).call("A", {})
    assert line.timeouts == [None]


@pytest.mark.robustness("calls that would outlast their time")
def test_a_raw_post_has_the_same_bounds() -> None:
    """What does not speak JSON is bounded too."""
    line = Slow()
    service = JsonApi(SQS, "r", lambda: KEYS, line, clock=lambda: line.now, now=lambda: 0)
    with pytest.raises(AwsError):
        service.post("Invoke", {}, b"", timeout_s=9.0, until=line.now + 0.5)
    assert line.timeouts == [0.5]
    with pytest.raises(AwsError, match="no time is left"):
        service.post("Invoke", {}, b"", until=line.now)
