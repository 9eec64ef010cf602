"""What the commands without arguments do with arguments."""

import importlib
import sys

import pytest

from local.settings import LocalSettings

COMMANDS = ["local.demo", "local.adopt", "local.deploy", "local.account", "local.stack"]


def _main(command: str) -> object:
    name = command if command == "local.stack" else f"{command}.command"
    return importlib.import_module(name).main()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_the_options_and_runs_nothing(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who asks what a command does is told so in its words, with every variable that it reads."""
    monkeypatch.setattr(sys, "argv", ["x", "--help"])
    with pytest.raises(SystemExit) as end:
        _main(command)
    told = capsys.readouterr().out
    assert end.value.code in (0, None)
    assert told.startswith(f"usage: python -m {command} ")
    assert all(option.variable in told for option in LocalSettings.options())


@pytest.mark.parametrize("command", COMMANDS)
def test_an_argument_that_it_does_not_have_is_refused(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option that would be overlooked, a rate for example, ends it before anything runs."""
    monkeypatch.setattr(sys, "argv", ["x", "--rate", "100"])
    with pytest.raises(SystemExit) as end:
        _main(command)
    assert end.value.code == 2
    assert "--rate" in capsys.readouterr().err
