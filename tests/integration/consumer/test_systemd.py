"""A consumer under systemd: what its unit waits for, and what its watchdog and its stop rest on."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.consumer.conftest import Broker, Running, until


def test_systemd_hears_of_the_begin_the_work_and_the_end(
    broker: Broker, start: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ready once Kafka has answered, alive while it works, and stopping before the last batch has ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "100000")
        broker.produce(8)
        consumer = start("slow", BATCH_SIZE="1")
        assert systemd.recv(100) == b"READY=1"
        assert systemd.recv(100) == b"WATCHDOG=1"
        until(lambda: bool(consumer.journal()), "an invocation has begun")
        consumer.process.send_signal(signal.SIGTERM)
        told = [b""]
        while told[-1] != b"STOPPING=1":
            told.append(systemd.recv(100))
        assert set(told[1:-1]) <= {b"WATCHDOG=1"}
        assert consumer.process.wait(30) == 0


STANDING = """
import threading, time
from comboio.host.systemd import tell_where_it_stands

def work():
    while True:
        sum(range(1000))

def stand_still():
    print("standing", flush=True)
    time.sleep(60)

tell_where_it_stands()
threading.Thread(target=work, daemon=True).start()
stand_still()
"""


def test_a_loop_that_is_ended_says_where_it_stood() -> None:
    """The watchdog's SIGABRT leaves the stack of the main thread, whatever the others do."""
    command = [sys.executable, "-c", STANDING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 our own
        assert process.stdout
        assert process.stdout.readline() == "standing\n"
        process.send_signal(signal.SIGABRT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGABRT
    assert "in stand_still" in said
    assert "in work" not in said
