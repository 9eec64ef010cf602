"""Where a webhook's authorization comes from."""

import json
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import SECRETS_MANAGER, AwsError
from dispatcher.destinations.webhook.authorization import AGAIN_S, KEPT_S, Secret, fixed
from dispatcher.destinations.webhook.webhook import Webhook, WebhookOptions
from dispatcher.fault import FaultKind
from tests.support.aws_wire import UNREACHABLE, Wire, entries, kinds, some

THROTTLED = b'{"__type":"ThrottlingException"}'


def secret(value: object) -> Answer:
    """Secrets Manager's answer."""
    return Answer(200, json.dumps({"SecretString": value}).encode())


def test_a_secret_is_read_once_and_again_after_a_while() -> None:
    """A secret is kept for a while, so that calls cost no call of their own, and a rotation is heard of."""
    wire, now = Wire(lambda body: secret("Bearer 1")), [0.0]
    source = Secret("webhook/token", wire.clients(SECRETS_MANAGER), lambda: now[0])
    assert [source.header(1.0) for _ in range(3)] == ["Bearer 1"] * 3
    assert len(wire.posted) == 1
    headers, body = wire.posted[0]
    assert headers["x-amz-target"] == "secretsmanager.GetSecretValue"
    assert json.loads(body) == {"SecretId": "webhook/token"}
    now[0] = KEPT_S
    wire.reply = lambda body: secret("Bearer 2")
    assert source.header(1.0) == "Bearer 2"


def test_a_refused_secret_is_read_again() -> None:
    """A receiver's 401 makes the next call read the secret anew."""
    receiver, manager = Wire(), Wire(lambda body: secret("Bearer old"))
    source = Secret("s", manager.clients(SECRETS_MANAGER), lambda: 0.0)
    where = Webhook("a", receiver, source, WebhookOptions.model_validate({}))
    made = entries(where, *some(2))
    receiver.reply = lambda body: Answer(401, b"")
    assert kinds(where.send(made)) == [FaultKind.TRANSIENT] * 2
    receiver.reply, manager.reply = lambda body: Answer(200, b""), lambda body: secret("Bearer new")
    assert where.send(made) == [None, None]
    assert [headers["authorization"] for headers, _ in receiver.posted] == ["Bearer old", "Bearer new"]


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("outage", [UNREACHABLE, Answer(503, b"<html/>"), Answer(400, THROTTLED), Answer(200, b"{")])
def test_an_outage_of_secrets_manager_is_none_of_the_receiver(outage: Any) -> None:
    """The secret that was good a moment ago serves until it can be read again; each call asks for it at most now and
    then, and a receiver that refuses it gets no more of it."""
    wire, now = Wire(lambda body: secret("Bearer 1")), [0.0]
    source = Secret("webhook/token", wire.clients(SECRETS_MANAGER), lambda: now[0])
    assert source.header(1.0) == "Bearer 1"
    wire.reply, now[0] = lambda body: outage, KEPT_S
    assert [source.header(1.0) for _ in range(9)] == ["Bearer 1"] * 9
    assert len(wire.posted) == 2
    now[0] += AGAIN_S
    wire.reply = lambda body: secret("Bearer 2")
    assert source.header(1.0) == "Bearer 2"
    wire.reply = lambda body: outage
    source.refused()
    with pytest.raises(AwsError):
        source.header(1.0)


def test_a_secret_that_was_deleted_serves_no_longer() -> None:
    """That it is gone, or may not be read, is no outage: somebody wanted that."""
    wire, now = Wire(lambda body: secret("Bearer 1")), [0.0]
    source = Secret("webhook/token", wire.clients(SECRETS_MANAGER), lambda: now[0])
    source.header(1.0)
    wire.reply, now[0] = lambda body: Answer(400, b'{"__type":"AccessDeniedException"}'), KEPT_S
    with pytest.raises(AwsError, match="AccessDenied"):
        source.header(1.0)


@pytest.mark.parametrize(
    "answer", [Answer(400, b'{"__type":"ResourceNotFoundException"}'), secret(None), secret("a\nb")]
)
def test_without_its_secret_nothing_is_sent(answer: Answer) -> None:
    """A secret that cannot be read or used is a fault for now; nothing goes out unauthorized, and nothing is quoted."""
    receiver = Wire()
    source = Secret("s", Wire(lambda body: answer).clients(SECRETS_MANAGER), lambda: 0.0)
    where = Webhook("a", receiver, source, WebhookOptions.model_validate({}))
    assert kinds(where.send(entries(where, *some(2)))) == [FaultKind.TRANSIENT] * 2
    assert receiver.posted == []
    with pytest.raises(AwsError):
        source.header(1.0)


def test_a_fixed_header_must_be_one() -> None:
    """What cannot be a header is refused without being quoted."""
    assert fixed("").header(1.0) == ""
    with pytest.raises(ValueError, match="printable") as raised:
        fixed("secret\r\nx: y")
    assert "secret" not in str(raised.value)
