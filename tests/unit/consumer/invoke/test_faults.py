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
    with pytest.raises(ValueError, match="is not a fault"):
        Faults.parse(text)
