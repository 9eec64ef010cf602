"""How a command that runs something whole ends."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from comboio.settings import SettingsError
from local.errors import LocalError
from local.verdict import Findings, empty, end_by


class Found(NamedTuple):
    """A report with this verdict."""

    sound: bool

    def verdict(self) -> str:
        return "as expected" if self.sound else "something is lost"

    def rows(self) -> list[tuple[str, ...]]:
        return [("lost", "0" if self.sound else "1")]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in before:
        signal.signal(number, handler)


def raises(error: BaseException) -> Callable[[Console], Findings]:
    """Return a run that ends with an error."""

    def run(_: Console) -> Findings:
        raise error

    return run


@pytest.mark.parametrize(("sound", "status"), [(True, 0), (False, 1)])
def test_the_status_is_the_verdict(sound: bool, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts see by the status, and people by table and sentence, whether all is sound, and where the report is."""
    with pytest.raises(SystemExit) as ended:
        end_by(lambda _: Found(sound), "build/report.json")
    shown = capsys.readouterr().out
    assert ended.value.code == status
    assert Found(sound).verdict() in shown
    assert "lost" in shown
    assert "Written: build/report.json" in shown


@pytest.mark.parametrize("error", [LocalError("no Java"), SettingsError("RATE is 'fast'")])
def test_what_could_not_run_is_one_message(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2 and the reason on standard error, without a traceback or a report."""
    with pytest.raises(SystemExit) as ended:
        end_by(raises(error), "build/report.json")
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"{error}\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_ctrl_c_does(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    """What runs is stopped by leaving its blocks, and the status is a shell's for an interrupt."""
    left = []

    def run(_: Console) -> Findings:
        try:
            signal.raise_signal(number)
        finally:
            left.append(True)
        return Found(sound=True)

    with pytest.raises(SystemExit) as ended:
        end_by(run, "build/report.json")
    assert (ended.value.code, left) == (130, [True])
    assert "nothing keeps running" in capsys.readouterr().err


def test_a_report_of_an_earlier_run_is_gone(tmp_path: Path) -> None:
    """Nobody takes the figures of the last run for those of one that failed."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "report.json").write_text("{}")
    assert list(empty(tmp_path / "run").iterdir()) == []
