"""The command's own options; all others are environment variables."""

import pytest

from consumer.main import WRONG_OPTION, main


@pytest.mark.robustness("wrong options")
@pytest.mark.parametrize(
    "arguments", [["--record"], ["--record", ""], ["--parameter", "Name"], ["--what", "x"], ["--record", "a", "b"]]
)
def test_a_wrong_argument_is_answered_with_what_is_allowed(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is started, and standard error has the options, the variables and the status."""
    assert main(arguments) == WRONG_OPTION
    said = capsys.readouterr().err
    assert "--record DIR" in said and "CONSUMER_RECORD" in said and "--parameter" in said
