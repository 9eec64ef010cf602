"""Faults on purpose are read from an option."""

import pytest

from consumer.invoke.faults import Faults


def test_faults_are_read() -> None:
    """Each by its batch number; nothing means no faults."""
    assert Faults.parse("redeliver=3, redeliver=9").redeliver == {3, 9}
    assert Faults.parse("").redeliver == frozenset()


@pytest.mark.parametrize("text", ["redeliver", "redeliver=0", "redeliver=x", "crash=1"])
def test_unknown_faults_are_refused(text: str) -> None:
    """A misspelt fault would prove nothing."""
    with pytest.raises(ValueError, match="entry 1 is not a fault"):
        Faults.parse(text)


def test_a_wrong_fault_is_counted_and_not_shown() -> None:
    """What stands in a wrong option may be a password that was meant for another."""
    with pytest.raises(ValueError, match="entry 3 is not") as caught:
        Faults.parse("redeliver=3,, s3cr3t")
    assert "s3cr3t" not in str(caught.value)
