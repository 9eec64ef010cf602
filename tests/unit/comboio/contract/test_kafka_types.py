"""What Kafka allows."""

import pytest

from comboio.contract.kafka_types import is_header_name


@pytest.mark.parametrize(
    ("name", "allowed"), [("", True), ("h", True), ("é😀", True), ("h\0", False), ("\0", False), ("é\udc80", False)]
)
def test_a_header_has_a_name_that_its_bytes_can_say(name: str, allowed: bool) -> None:
    """Any Unicode text without a NUL is a header's name."""
    assert is_header_name(name) is allowed
