"""The recorded events: what they are for, and that they are what their script writes."""

import json

import pytest

from events import record

NAMES = sorted(record.events())


@pytest.mark.parametrize("name", NAMES)
def test_recorded_event_is_what_the_script_writes(name: str) -> None:
    """A recorded event is never edited by hand: running `python -m events.record` changes no file."""
    assert json.loads((record.FOLDER / name).read_text()) == record.events()[name]


def test_every_recorded_event_has_its_lines_in_the_script() -> None:
    """No event lies in the folder that the script does not know."""
    assert sorted(path.name for path in record.FOLDER.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_offsets_rise_within_a_partition(name: str) -> None:
    """Within a partition offsets only rise, as Kafka delivers them, whatever gaps they have."""
    for source, entries in record.events()[name]["records"].items():
        offsets = [entry["offset"] for entry in entries]
        assert offsets == sorted(set(offsets)), source


@pytest.mark.parametrize("text", [b"", b"abc", "é".encode(), bytes(range(256))])
def test_header_bytes_are_signed_and_lose_nothing(text: bytes) -> None:
    """Signed header bytes stay within Java's range and come back as they were."""
    numbers = record.signed(text)
    assert all(-128 <= number <= 127 for number in numbers)
    assert bytes(number & 0xFF for number in numbers) == text
