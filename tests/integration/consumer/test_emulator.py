"""A function under the Runtime Interface Emulator: what dies or freezes in the middle of a batch skips nothing."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from local import port as ports
from local.rie import rie
from tests.integration.consumer.conftest import Broker, Running, ends, until

FUNCTION = """
import json, os, time
from pathlib import Path

here = Path(os.environ["HERE"])

def handler(event, context):
    with (here / "began").open("a") as file:
        file.write(json.dumps([os.getpid(), os.getppid()]) + "\\n")
    while (here / "wait").exists():
        time.sleep(0.01)
    offsets = [(name, body["offset"]) for name, bodies in event["records"].items() for body in bodies]
    with (here / "handled").open("a") as file:
        file.write(json.dumps(offsets) + "\\n")
"""
"""A function whose batch is in flight for as long as the test wants."""

TIMEOUT_S = 2
"""Of the function; the consumer waits for five seconds more."""


class Emulated:
    """The function, under an emulator that is started again when it has ended, as a container's is."""

    def __init__(self, here: Path) -> None:
        self._here = here
        self._port = ports.free()
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.url = f"http://{ports.LOOPBACK}:{self._port}"
        (here / "function.py").write_text(FUNCTION)

    def start(self) -> None:
        """Run it until `stop`."""
        self._thread.start()
        until(lambda: ports.answers(self._port), "the emulator answers")

    def stop(self) -> None:
        """End it, whatever was done to it."""
        self._stop.set()
        for function, emulator in self.began():
            for process in (function, emulator):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)
        self._thread.join(30)

    def began(self) -> list[tuple[int, int]]:
        """Return the processes of the function and of its emulator at each invocation."""
        return [(function, emulator) for function, emulator in self._lines("began")]

    def handled(self) -> set[tuple[str, int]]:
        """Return what the function did."""
        return {(name, offset) for line in self._lines("handled") for name, offset in line}

    def hold(self) -> None:
        """Let no invocation end."""
        (self._here / "wait").touch()

    def let_go(self) -> None:
        """Let each end."""
        (self._here / "wait").unlink()

    def _lines(self, name: str) -> list:  # type: ignore[type-arg]  # as different as the files
        path = self._here / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def _run(self) -> None:
        while not self._stop.is_set():
            with rie("function.handler", {"HERE": str(self._here)}, TIMEOUT_S, 128, [self._here], port=self._port):
                while ports.answers(self._port) and not self._stop.wait(0.1):
                    pass


@pytest.fixture
def emulated(installed_emulator: None, tmp_path: Path) -> Iterator[Emulated]:
    """Give a function that waits in its first invocation."""
    here = tmp_path / "function"
    here.mkdir()
    running = Emulated(here)
    running.hold()
    running.start()
    yield running
    running.stop()


def errors(consumer: Running) -> list[str]:
    """Return why invocations of it failed."""
    return [str(line["error"]) for line in consumer.journal() if line.get("error")]


@pytest.mark.robustness("crashes and kills at any step")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("of", ["function", "emulator"])
def test_a_batch_whose_function_or_emulator_is_killed_or_frozen_comes_again(
    emulated: Emulated, broker: Broker, start: Callable[..., Running], of: str, number: signal.Signals
) -> None:
    """Its batch has failed, which the log and the journal say; nothing of it is committed meanwhile, and all of it is
    done in the end. A frozen one waits for the timeout, two seconds here, and the consumer's five."""
    sent = broker.produce(40)
    consumer = start("", FUNCTION=emulated.url, FUNCTION_TIMEOUT_S=str(TIMEOUT_S), BACKOFF_CAP_S="0.5")
    until(lambda: bool(emulated.began()), "a batch is in flight")
    victim = emulated.began()[0][("function", "emulator").index(of)]
    os.kill(victim, number)
    until(lambda: bool(errors(consumer)), "its batch has failed")
    assert max(broker.committed().values()) <= 0
    emulated.let_go()
    if (of, number) == ("emulator", signal.SIGSTOP):
        os.kill(victim, signal.SIGCONT)
    until(lambda: broker.committed() == ends(sent), f"all is committed: {errors(consumer)}", timeout_s=60)
    assert emulated.handled() == sent
    assert consumer.stop() == 0


@pytest.mark.robustness("crashes and kills at any step")
def test_a_consumer_that_was_killed_meets_its_own_old_batch(
    emulated: Emulated, broker: Broker, start: Callable[..., Running]
) -> None:
    """An emulator that gets an event while it has one crashes. It is started again, and the batch comes again until it
    is done, by the consumer that took its place."""
    sent = broker.produce(40)
    first = start("", FUNCTION=emulated.url, FUNCTION_TIMEOUT_S="30")
    until(lambda: bool(emulated.began()), "a batch is in flight")
    first.process.kill()
    second = start("", FUNCTION=emulated.url, FUNCTION_TIMEOUT_S="30", BACKOFF_CAP_S="0.5")
    until(lambda: bool(errors(second)) or len(emulated.began()) > 1, "the batch has come again", timeout_s=60)
    emulated.let_go()
    until(lambda: broker.committed() == ends(sent), f"all is committed: {errors(second)}", timeout_s=60)
    assert emulated.handled() == sent
    assert second.stop() == 0
