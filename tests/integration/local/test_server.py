"""A server is ready or explained, and ends with its user."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.errors import LocalError
from local.server import inherited_environment, running, scratch_directory

# Says its process id, then serves for ever.
SERVER = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVER


def eventually(condition: Callable[[], bool]) -> bool:
    """Return True as soon as the condition is; False if it is not within 10 s."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def process_id_in(log: Path) -> int:
    assert eventually(lambda: log.read_text().endswith("\n"))
    return int(log.read_text())


@pytest.mark.robustness("processes that die, ports that are taken")
@pytest.mark.parametrize("code", [SERVER, STUBBORN])
def test_server_and_scratch_are_gone_after_the_block(code: str) -> None:
    """A server ends with its block, also one that ignores the request, and leaves no file."""
    with scratch_directory("test") as scratch:
        with running("it", [sys.executable, "-c", code], inherited_environment(), scratch) as server:
            process_id = process_id_in(server.log)
            assert alive(process_id)
        assert not alive(process_id)
    assert not scratch.exists()


@pytest.mark.robustness("processes that die, ports that are taken")
def test_a_busy_machine_that_takes_long_to_tidy_up_is_no_fault() -> None:
    """Whoever used a server is not told of its end that took too long: it comes, and its files go."""
    command = [sys.executable, "-c", STUBBORN]
    with (
        scratch_directory("test") as scratch,
        running("it", command, inherited_environment(), scratch, end_within_s=0.0) as server,
    ):
        process_id = process_id_in(server.log)
    assert not scratch.exists()
    assert eventually(lambda: not alive(process_id))


@pytest.mark.robustness("processes that die, ports that are taken")
def test_server_dies_with_a_killed_user() -> None:
    """Nothing is left behind, process or file, when the user of a server is killed."""
    user = (
        "import sys, time\n"
        "from local.server import running, scratch_directory, inherited_environment\n"
        "with scratch_directory('test') as scratch, running('it', [sys.executable, '-c', sys.argv[1]],\n"
        "                                                  inherited_environment(), scratch):\n"
        "    print(scratch, flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", user, SERVER], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        scratch = Path(process.stdout.readline().strip())
        process_id = process_id_in(scratch / "log")
        process.send_signal(signal.SIGKILL)
    assert eventually(lambda: not alive(process_id))
    assert eventually(lambda: not scratch.exists())


@pytest.mark.robustness("processes that die, ports that are taken")
def test_server_that_ends_early_is_explained_by_its_log() -> None:
    """A server that does not start shows its own words, not a bare time-out."""
    command = [sys.executable, "-c", "import sys; sys.exit('no licence')"]
    with (
        scratch_directory("test") as scratch,
        running("it", command, inherited_environment(), scratch) as server,
        pytest.raises(LocalError, match=r"it stopped while starting \(status 1\)(?s:.*)no licence"),
    ):
        server.wait_until(lambda: False, within_s=10)


@pytest.mark.robustness("processes that die, ports that are taken")
def test_server_that_never_answers_is_given_up() -> None:
    """Waiting has an end, and says how long it was."""
    with (
        scratch_directory("test") as scratch,
        running("it", [sys.executable, "-c", SERVER], inherited_environment(), scratch) as server,
        pytest.raises(LocalError, match="did not answer within 0 s"),
    ):
        server.wait_until(lambda: False, within_s=0.2)
