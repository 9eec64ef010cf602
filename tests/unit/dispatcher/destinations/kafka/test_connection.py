"""How a section of the table becomes the client's options, and what is refused at the start."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.table import RoutingError, load
from dispatcher.destinations import build
from dispatcher.destinations.kafka.connection import KafkaOptions, client_options
from dispatcher.destinations.options import read
from tests.support.aws_wire import Wire
from tests.support.fake_producer import SPEC

ARN = "arn:aws:kafka:eu-west-1:123456789012:cluster/fleet/a-1"


def config(**more: Any) -> Mapping[str, Any]:
    """Return the client's options for a section."""
    spec = DestinationSpec.model_validate({**SPEC, **more})
    return client_options(read(KafkaOptions, spec), spec.shown)


def refused(lines: str, target: str = "mirror", **environ: str) -> str:
    """Return the error that a table with this section is refused with."""
    text = f'version = 1\n[destinations.a]\ntype = "kafka"\ntarget = "{target}"\n{lines}\n[default]\nto = ["a"]\n'
    with pytest.raises(RoutingError) as caught:
        build(load(text, environ), Wire().clients)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_client_promises_what_the_destination_does() -> None:
    """All replicas in sync acknowledge, nothing is doubled by a retry, and keys go where Java's producers put them."""
    made = config()
    assert (made["acks"], made["enable.idempotence"], made["partitioner"]) == ("all", True, "murmur2_random")
    assert made["delivery.timeout.ms"] == 0, "the end of the call decides, and nothing is given up in silence before"
    assert "security.protocol" not in made


def test_a_batch_stays_below_the_topics_limit() -> None:
    """The client's own bounds follow `max_message_kib`, so Kafka finds no batch of sound messages too large."""
    made = config(max_message_kib=256)
    assert made["batch.size"] < made["message.max.bytes"] == 256 * 1024


def test_scram_and_tls(tmp_path: Path) -> None:
    """The password comes from a variable of the function, and the authority from a file."""
    authority = tmp_path / "ca.pem"
    authority.write_text("")
    login = {"scram_user": "u", "scram_password": "p"}
    made = config(security="scram", tls_ca=str(authority), **login)
    assert made["security.protocol"] == "SASL_SSL" and made["sasl.mechanisms"] == "SCRAM-SHA-512"
    assert (made["sasl.username"], made["sasl.password"]) == ("u", "p")
    assert made["ssl.ca.location"] == str(authority)
    assert config(security="tls")["security.protocol"] == "SSL"


def test_msk_takes_the_role_of_the_function() -> None:
    """IAM needs no secret: a token is made for the cluster's region whenever the client asks."""
    made = config(security="msk-iam", cluster=ARN)
    assert made["sasl.mechanisms"] == "OAUTHBEARER" and callable(made["oauth_cb"])


@pytest.mark.robustness("a routing table that is broken or out of reach")
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "bootstrap_servers: it is missing, and must be there"),
        ('bootstrap_servers = "b1"', "bootstrap_servers"),
        ('bootstrap_servers = "user:pw@b1:9092"', "bootstrap_servers"),
        ('security = "scram"', "scram_user and scram_password"),
        ('security = "msk-iam"', "cluster"),
        ('cluster = "fleet"', "cluster"),
        ('scram_password = "hush-hush"', 'scram_password: it has no effect with security = "plaintext"'),
        ('security = "tls"\ntls_certificate = "/hush-hush"', "tls_certificate and tls_key"),
        ('security = "tls"\ntls_ca = "/nowhere"', "tls_ca: '/nowhere' cannot be read"),
        ("concurrency = 2", "concurrency"),
        ("acks = 1", "acks: there is no such option"),
    ],
)
def test_a_wrong_section_is_one_line_that_names_it(lines: str, said: str) -> None:
    """What is missing, unknown or without effect stops the function at its start, and shows no secret."""
    given = lines if "bootstrap" in lines or not lines else f'bootstrap_servers = "b:1"\n{lines}'
    error = refused(given)
    assert error.startswith("routes.toml, destinations.a: ") and said in error
    assert "hush-hush" not in error and "pw" not in error


@pytest.mark.parametrize("target", ["", "a b", "x" * 250, "kafka://a"])
def test_a_topic_has_a_name_that_kafka_allows(target: str) -> None:
    """Any other would fail with every call."""
    assert "target: it must be the name of a topic" in refused('bootstrap_servers = "b:1"', target)


@pytest.mark.robustness("a routing table that is broken or out of reach")
@pytest.mark.parametrize(
    ("package", "lines"),
    [("confluent_kafka", ""), ("aws_msk_iam_sasl_signer", f'security = "msk-iam"\ncluster = "{ARN}"')],
)
def test_without_the_layer_the_table_is_refused(package: str, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that lacks the client says at its start which package, and how to get it: nothing is lost later."""
    monkeypatch.setitem(sys.modules, package, None)
    error = refused(f'bootstrap_servers = "b:1"\n{lines}')
    assert package in error and "KafkaLayerArn" in error
