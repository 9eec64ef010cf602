"""What goes with the formats that have a schema registry."""

from pathlib import Path

import pytest

from comboio.settings import SettingsError
from producer.options.settings import ProducerSettings


def settings(**options: str) -> ProducerSettings:
    """Read options."""
    environ = {f"PRODUCER_{name.upper()}": value for name, value in options.items()}
    return ProducerSettings.read({"KAFKA_BOOTSTRAP_SERVERS": "localhost:9092", **environ})


AVRO = {"format": "avro", "registry": "https://registry.example:8081/api"}


def test_a_registry_is_enough() -> None:
    """Nothing is registered, and the latest schema of the topic's subject is used."""
    found = settings(**AVRO)
    assert (found.schema_version, found.subject_names, found.schema_register) == ("latest", "topic", False)


def test_a_schema_of_one_s_own_can_be_registered() -> None:
    """On purpose, with credentials out of a file."""
    found = settings(**AVRO, schema_file="s.avsc", schema_register="true", registry_auth="user:hunter2:x")
    assert (found.schema_file, found.schema_register) == (Path("s.avsc"), True)
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"registry": "http://r"}, "PRODUCER_REGISTRY has no effect on PRODUCER_FORMAT=json"),
        ({"schema_register": "true"}, "PRODUCER_SCHEMA_REGISTER has no effect"),
        ({"format": "avro"}, "needs PRODUCER_REGISTRY"),
        ({"format": "xml"}, "one of json, avro, json-schema, protobuf"),
        ({**AVRO, "registry": "ftp://r"}, "is an http:// or https:// address"),
        ({**AVRO, "registry": "http://r:x"}, "is an http:// or https:// address"),
        ({**AVRO, "registry": "http://r\nx"}, "is an http:// or https:// address"),
        ({**AVRO, "registry": "http://u:hunter2@r"}, "Put them into PRODUCER_REGISTRY_AUTH_FILE"),
        ({**AVRO, "registry": "http://r?a=b"}, "a query or a fragment"),
        ({**AVRO, "registry_auth": "hunter2"}, "with a colon between them"),
        ({**AVRO, "schema_version": "0"}, "PRODUCER_SCHEMA_VERSION"),
        ({**AVRO, "subject_names": "record"}, "needs PRODUCER_SCHEMA_RECORD"),
        ({**AVRO, "schema_record": "Event"}, "no effect on Avro"),
        ({**AVRO, "schema_register": "true"}, "needs PRODUCER_SCHEMA_FILE"),
        ({**AVRO, "schema_file": "s", "schema_version": "2"}, "Leave one of them out"),
        ({**AVRO, "faults": "malformed=1"}, "PRODUCER_FAULTS spoils JSON"),
    ],
)
def test_what_does_not_go_together_is_named(options: dict[str, str], says: str) -> None:
    """And no secret is repeated."""
    with pytest.raises(SettingsError, match=says) as found:
        settings(**options)
    assert "hunter2" not in str(found.value)
