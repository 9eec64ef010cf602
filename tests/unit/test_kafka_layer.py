"""The layer that routes to Kafka topics need: what stands in its lock."""

import re

from tests.support.template import ROOT

PINNED = re.compile(r"^([a-z0-9-]+)==([0-9.]+)", re.MULTILINE)


def locked(path: str) -> dict[str, str]:
    """Return the versions of a lock by package."""
    return dict(PINNED.findall((ROOT / path).read_text(encoding="utf-8")))


def test_the_layer_has_what_is_tested() -> None:
    """Its packages are the services' own, at their versions, so that what a function does is what the tests saw."""
    layer, services = locked("layers/kafka/requirements.txt"), locked("requirements/services.txt")
    assert {"confluent-kafka", "aws-msk-iam-sasl-signer-python"} <= layer.keys()
    assert {name: services.get(name) for name in layer} == layer


def test_the_layer_has_nothing_twice() -> None:
    """What the function has already, from its own layer or from Lambda, is not in it: two layers share 250 MB."""
    own = locked("layers/comboio/requirements.txt").keys() | {"boto3", "botocore", "s3transfer", "urllib3"}
    assert not own & locked("layers/kafka/requirements.txt").keys()
