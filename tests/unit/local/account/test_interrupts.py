"""What a signal does to a check."""

import signal
from collections.abc import Iterator

import pytest

from local.account.interrupts import Interrupts

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


class Heard:
    """Counts what was answered, and whether the terminal was left."""

    def __init__(self) -> None:
        self.answers = 0
        self.hung_up = 0

    def answer(self) -> None:
        """Count an answer."""
        self.answers += 1

    def hang_up(self) -> None:
        """Count a connection that is lost."""
        self.hung_up += 1

    def interrupts(self) -> Interrupts:
        """Return a handler that tells this."""
        return Interrupts(self.answer, self.hang_up)


@pytest.fixture
def handlers() -> Iterator[None]:
    """Restore the handlers of this process."""
    before = [(number, signal.getsignal(number)) for number in NUMBERS]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_what_is_ignored_stays_ignored() -> None:
    """A check that was started by nohup outlives its connection."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupts = Heard().interrupts()
    interrupts.install()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) is interrupts


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_ends_the_check_and_no_other_ends_the_removal(number: int) -> None:
    """Whoever presses Ctrl-C twice is answered, and what was made is removed all the same."""
    heard = Heard()
    interrupts = heard.interrupts()
    with pytest.raises(KeyboardInterrupt):
        interrupts(number, None)
    for again in NUMBERS:
        interrupts(again, None)
    assert heard.answers == len(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_removal_that_has_begun_is_never_ended(number: int) -> None:
    """Neither by the first signal of a run that came to its end."""
    heard = Heard()
    interrupts = heard.interrupts()
    interrupts.no_more()
    interrupts(number, None)
    assert heard.answers == 1


def test_a_connection_that_is_lost_takes_the_terminal_with_it() -> None:
    """What is written afterwards goes nowhere, before the first word could fail."""
    heard = Heard()
    with pytest.raises(KeyboardInterrupt):
        heard.interrupts()(signal.SIGHUP, None)
    assert heard.hung_up == 1
