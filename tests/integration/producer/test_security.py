"""TLS and SASL/SCRAM against Apache Kafka with certificates of its own: it gets in, or says clearly why not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.producer.broker import empty
from tests.integration.producer.command import Command, read_back
from tests.integration.producer.secure_kafka import PASSWORD, USER, SecureKafka

Produce = Callable[..., Command]


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """Write the right password to a file."""
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def test_it_produces_over_tls_and_scram(secure: SecureKafka, produce: Produce, password: Path) -> None:
    """What was acknowledged over either is in Kafka."""
    empty(secure.plain)
    tls = produce(secure.tls, security="tls", tls_ca=secure.authority, messages=50, rate=0)
    tls.ends(0)
    options = {"security": "scram", "scram_user": USER, "scram_password_file": password, "tls_ca": secure.authority}
    scram = produce(secure.scram, **options, messages=50, rate=0)
    scram.ends(0)
    assert len(read_back(secure.plain)) == 100


def _refused(command: Command) -> str:
    status, errors = command.end()
    assert status == 3
    assert len(errors.splitlines()) == 1, errors
    return errors


@pytest.mark.robustness("wrong certificates, passwords and ports")
def test_a_wrong_certificate_is_one_clear_message(secure: SecureKafka, produce: Produce) -> None:
    """An authority that did not sign the broker's: what is wrong and which option to look at."""
    command = produce(secure.tls, security="tls", tls_ca=secure.stranger, connect_timeout=4)
    message = _refused(command)
    assert "certificate" in message
    assert "PRODUCER_TLS_CA" in message


@pytest.mark.robustness("wrong certificates, passwords and ports")
def test_a_wrong_password_is_one_clear_message(secure: SecureKafka, produce: Produce, tmp_path: Path) -> None:
    """And it is not in the message."""
    wrong = tmp_path / "wrong"
    wrong.write_text("guess-guess")
    options = {"security": "scram", "scram_user": USER, "scram_password_file": wrong, "tls_ca": secure.authority}
    message = _refused(produce(secure.scram, **options, connect_timeout=4))
    assert "password" in message
    assert "guess-guess" not in message


@pytest.mark.robustness("wrong certificates, passwords and ports")
def test_a_wrong_port_is_one_clear_message(secure: SecureKafka, produce: Produce) -> None:
    """TLS to a port that talks plainly."""
    assert "port" in _refused(produce(secure.plain, security="tls", tls_ca=secure.authority, connect_timeout=4))
