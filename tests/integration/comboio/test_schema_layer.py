"""The layer that contracts of Avro and Protobuf need: what stands in its lock, and what its absence says."""

import json
import subprocess
import sys

import pytest

from tests.support.template import ROOT
from tests.unit.test_kafka_layer import locked

LAYER = locked("layers/schemas/requirements.txt")
OWN = locked("layers/comboio/requirements.txt")

DECODES = """
import json, sys
before = set(sys.modules)
from importlib.metadata import packages_distributions
from comboio.message.contract import MessageContract
from comboio.message.registry import proto_text
from comboio.message.registry.decoder import decoder
from comboio.message.registry.registry import Registered

class Source:
    def schema(self, name, timeout_s):
        return Registered({"1": '{"type": "record", "name": "R", "fields": [{"name": "codigo", "type": "long"}]}',
                           "2": 'syntax = "proto3"; message R { int64 codigo = 1; }'}[name])

def reads(format, value):
    contract = MessageContract.model_validate({"format": format, "registry": "http://registry"})
    assert decoder(contract, Source())(value).document == {"codigo": 1}

reads("avro", b"\\0\\0\\0\\0\\1\\2")
reads("protobuf", b"\\0\\0\\0\\0\\2\\0\\x08\\1")
names = packages_distributions()
new = {module.partition(".")[0] for module in set(sys.modules) - before}
print(json.dumps(sorted({each for module in new for each in names.get(module, ())})))
"""
"""Decodes both, a .proto file as text among it, and tells which packages that took."""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own."""
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'layers/comboio')!r})\n{program}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603


def test_the_layer_has_what_is_tested() -> None:
    """Its packages are the services' own, at their versions."""
    services = locked("requirements/services.txt")
    assert {name: services.get(name) for name in LAYER} == LAYER


def test_the_layer_has_nothing_twice() -> None:
    """What the function has already, from its own layer or from Lambda, is not in it: layers share 250 MB."""
    kafka = locked("layers/kafka/requirements.txt").keys()
    assert not LAYER.keys() & (OWN.keys() | kafka | {"boto3", "botocore", "s3transfer", "urllib3", "jmespath", "six"})


def test_the_layer_has_what_decoding_imports_and_nothing_more() -> None:
    """Each package that decoding takes is in it or in Comboio's own layer; and each of its packages is taken."""
    done = run(DECODES)
    assert done.returncode == 0, done.stderr
    taken = {name.lower().replace("_", "-") for name in json.loads(done.stdout)}
    assert LAYER.keys() == taken - OWN.keys()


@pytest.mark.parametrize(("format_", "package"), [("avro", "fastavro"), ("protobuf", "google.protobuf")])
def test_without_the_layer_the_table_is_refused_in_one_line(format_: str, package: str) -> None:
    """At the start, with what to do."""
    program = (
        f"sys.modules[{package!r}] = None\n"
        "from comboio.message.contract import MessageContract\n"
        "from comboio.message.registry.decoder import decoder\n"
        f"contract = MessageContract.model_validate({{'format': {format_!r}, 'registry': 'http://registry'}})\n"
        "try:\n    decoder(contract)\nexcept Exception as error:\n    print(type(error).__mro__[1].__name__, error)"
    )
    said = run(program).stdout
    assert said.startswith("ConfigurationError A contract has `format`")
    assert "SchemaLayerArn" in said
    assert said.count("\n") == 1
