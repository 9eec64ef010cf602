"""What is compared does the same work."""

import pytest

from bench.dispatcher.contenders import ENVIRONMENT
from bench.replayer.canned import Downstream, letters
from bench.replayer.contenders import CONTENDERS

LETTERS = 45


@pytest.mark.parametrize("name", CONTENDERS)
def test_each_sends_and_deletes_every_letter_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every contender sends and deletes each letter once."""
    for variable, value in ENVIRONMENT.items():  # boto3 and Powertools read the process's environment
        monkeypatch.setenv(variable, value)
    downstream = Downstream(letters(LETTERS))
    CONTENDERS[name](downstream, 0.0)
    assert len(downstream.sent) == len(set(downstream.sent)) == downstream.deleted == LETTERS
