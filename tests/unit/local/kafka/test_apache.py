"""Apache Kafka's requirements are checked, and its node stays on loopback."""

from pathlib import Path

import pytest

from local.errors import LocalError, MissingError
from local.kafka.apache import POM, find_java, find_maven, kafka_version, server_properties


def java_saying(text: str, directory: Path) -> str:
    """Make a directory for the PATH with a `java` that says this about its version."""
    program = directory / "java"
    program.write_text(f"#!/bin/sh\necho '{text}' >&2\n")
    program.chmod(0o755)
    return str(directory)


def test_no_java_is_one_message_with_the_way_out(tmp_path: Path) -> None:
    """Without Java the message says what to install, and what works without."""
    with pytest.raises(MissingError, match=r"needs Java 17 or later.*KAFKA=embedded"):
        find_java(str(tmp_path))


def test_a_java_that_only_says_it_is_missing_is_none(tmp_path: Path) -> None:
    """macOS has a `java` that is no Java."""
    with pytest.raises(MissingError, match="no working `java`"):
        find_java(java_saying("Unable to locate a Java Runtime.", tmp_path))


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.21"])
def test_an_old_java_is_refused(version: str, tmp_path: Path) -> None:
    """Kafka 4 does not run on a Java before 17, whose own error would be hard to read."""
    with pytest.raises(MissingError, match="17 or later"):
        find_java(java_saying(f'openjdk version "{version}" 2023-10-17', tmp_path))


@pytest.mark.parametrize("version", ["17.0.15", "25"])
def test_a_java_of_17_or_later_is_taken(version: str, tmp_path: Path) -> None:
    """The first Java on the PATH is the one, if it can run Kafka."""
    assert find_java(java_saying(f'openjdk version "{version}" 2025-04-15', tmp_path)) == str(tmp_path / "java")


def test_no_maven_is_one_message_with_the_way_out(tmp_path: Path) -> None:
    """Without Maven the message says what to install, and what works without."""
    with pytest.raises(MissingError, match=r"no `mvn`.*KAFKA=embedded"):
        find_maven(str(tmp_path))


def test_the_project_file_pins_kafka() -> None:
    """Reports can say which Kafka ran."""
    assert kafka_version(POM).count(".") == 2


def test_a_project_file_without_a_version_is_told(tmp_path: Path) -> None:
    """A broken pin is named, not run with."""
    pom = tmp_path / "pom.xml"
    pom.write_text('<project xmlns="http://maven.apache.org/POM/4.0.0"/>')
    with pytest.raises(LocalError, match=r"no kafka\.version"):
        kafka_version(pom)


def test_every_listener_is_on_loopback() -> None:
    """Nobody else on the network can reach the broker or its controller."""
    options = dict(line.split("=", 1) for line in server_properties(Path("data"), 9092, 9093).splitlines())
    addresses = options["listeners"].split(",") + options["advertised.listeners"].split(",")
    assert all("://127.0.0.1:" in address for address in addresses)
    assert options["controller.quorum.voters"] == "1@127.0.0.1:9093"
