"""Where the demo's function runs, and what its consumer is told of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import port as ports
from local.demo.function_place import FunctionPlace, Functions
from local.errors import LocalError
from local.progress import Progress
from local.rie import BUILT
from local.tool import ROOT

VARIABLES = {"DEMO_NAME": "A"}


class FakeEmulation:
    """Notes what it is asked for, and starts nothing: nobody answers at its URL."""

    def __init__(self) -> None:
        self.handlers: list[str] = []
        self.environment: Mapping[str, str] = {}
        self.code: Sequence[Path] = ()
        self.ended = False

    @contextmanager
    def __call__(
        self,
        handler: str,
        environment: Mapping[str, str],
        timeout_s: int,
        memory_mb: int,
        code: Sequence[Path],
        progress: Progress,
    ) -> Iterator[str]:
        """See Emulation."""
        self.handlers.append(handler)
        self.environment, self.code = environment, code
        yield f"http://{ports.LOOPBACK}:{ports.free()}"
        self.ended = True


def test_in_process_the_consumer_has_the_variables_of_the_function() -> None:
    """A handler in the consumer's process reads the consumer's environment."""
    emulation = FakeEmulation()
    with Functions(FunctionPlace.PROCESS, emulation) as functions:
        started = functions.start(VARIABLES, 512)
        functions.check_running()
    assert started == {**VARIABLES, "CONSUMER_FUNCTION": "local.demo.function:handler"}
    assert not emulation.handlers


def test_under_the_emulator_the_built_function_comes_first() -> None:
    """The consumer gets the URL alone; what is built is found before what stands in the repository."""
    emulation = FakeEmulation()
    with Functions(FunctionPlace.RIE, emulation) as functions:
        started = functions.start(VARIABLES, 512)
    assert list(started) == ["CONSUMER_FUNCTION"]
    assert started["CONSUMER_FUNCTION"].startswith("http://")
    assert emulation.handlers == ["local.demo.function.handler"]
    assert emulation.environment == VARIABLES
    assert tuple(emulation.code) == (*BUILT, ROOT)
    assert emulation.ended


def test_the_repository_has_no_second_dispatcher_for_the_emulator() -> None:
    """The last folder that the function may import from has the demo, and neither dispatcher nor layer."""
    assert not any((ROOT / name).exists() for name in ("dispatcher", "comboio"))


def test_an_emulator_that_ended_ends_the_run() -> None:
    """Nobody starts it again, so waiting for the backlog would be in vain."""
    with Functions(FunctionPlace.RIE, FakeEmulation()) as functions:
        functions.start(VARIABLES, 512)
        with pytest.raises(LocalError, match="has ended: nothing answers at http://"):
            functions.check_running()


def test_each_place_has_its_words_for_the_report() -> None:
    """The report says where the function ran."""
    assert len({place.says for place in FunctionPlace}) == len(FunctionPlace)
