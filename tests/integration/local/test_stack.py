"""The command `python -m local.stack`, as its users start and stop it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from local import port as ports

COMMAND = [sys.executable, "-m", "local.stack"]


def environment(scratch: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment, without what its user chose, and with a place of its own for files."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KAFKA", "LOCAL_"))}
    return {**inherited, "TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(sys.path), **more}


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.robustness("processes that die, ports that are taken")
@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_stack_leaves_nothing_behind(how: signal.Signals, status: int, tmp_path: Path) -> None:
    """However its user ends, no port stays open and no file is left."""
    with subprocess.Popen(  # noqa: S603 - our own command
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(tmp_path, {})
    ) as stack:
        assert stack.stdout is not None
        endpoints = {}
        while "LEDGER_TABLE" not in endpoints:
            name, _, value = stack.stdout.readline().strip().partition("=")
            endpoints[name] = value
        open_ports = [
            int(endpoints[name].rpartition(":")[2]) for name in ("KAFKA_BOOTSTRAP_SERVERS", "AWS_ENDPOINT_URL")
        ]
        assert all(ports.answers(port) for port in open_ports)
        stack.send_signal(how)
        assert stack.wait(20) == status
    assert eventually(lambda: not any(ports.answers(port) for port in open_ports))
    assert eventually(lambda: not list(tmp_path.iterdir())), list(tmp_path.rglob("*"))


def refusal(scratch: Path, more: Mapping[str, str]) -> str:
    """Run the command with a mistake; return its one message."""
    done = subprocess.run(  # noqa: S603 - our own command
        COMMAND, capture_output=True, text=True, env=environment(scratch, more), timeout=60, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(scratch.iterdir()) == []
    return done.stderr


def test_an_unknown_kafka_is_refused(tmp_path: Path) -> None:
    """A wrong KAFKA ends with the variable and what is allowed."""
    assert "KAFKA is not accepted" in refusal(tmp_path, {"KAFKA": "rabbit"})


@pytest.mark.robustness("processes that die, ports that are taken")
def test_an_unreachable_kafka_is_refused(tmp_path: Path) -> None:
    """A cluster that does not answer ends with its address and what to check."""
    assert "Kafka at 127.0.0.1:1 did not answer" in refusal(tmp_path, {"KAFKA": "127.0.0.1:1"})


def test_a_missing_java_is_refused(tmp_path: Path) -> None:
    """Without Java the message says what to install, and what works without."""
    assert "needs Java" in refusal(tmp_path, {"KAFKA": "apache", "PATH": str(tmp_path)})


@pytest.mark.robustness("processes that die, ports that are taken")
def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    """A taken port ends with the variable that asked for it."""
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        taken = server.getsockname()[1]
        assert f"LOCAL_AWS_PORT={taken}" in refusal(tmp_path, {"LOCAL_AWS_PORT": str(taken)})
