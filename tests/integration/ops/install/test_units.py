"""The systemd units: known to systemd, hardened, and in step with the programs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from consumer import main as consumer
from consumer.kafka.committer import REVOKE_TRIES
from consumer.kafka.leaving import LEAVE_S
from consumer.mapping import LAST_COMMIT_S
from consumer.observe.health import GRACE_S
from consumer.settings import ConsumerSettings
from ops.install.environment import FOLDER, SERVICES
from producer import main as producer

WORST = 1.5
"""systemd's exposure level that must not be exceeded; 0 is best, 10 is worst."""

CLIENT_ANSWER_S = 60
"""How long librdkafka waits for a broker's answer (socket.timeout.ms)."""

EACH = pytest.mark.parametrize("service", [service.name for service in SERVICES])


def unit(service: str) -> str:
    """Return a unit as the installer writes it."""
    return "".join((FOLDER / name).read_text() for name in (f"comboio-{service}@.service", "hardening.conf"))


def analyze(service: str, folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Let systemd judge the unit."""
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("systemd-analyze is missing: apt install systemd")
        pytest.skip("no systemd-analyze: apt install systemd")
    path = folder / f"comboio-{service}@.service"
    path.write_text(unit(service))
    return subprocess.run(  # noqa: S603 - our own arguments
        [program, *command, "--no-pager", str(path)], capture_output=True, text=True, check=False
    )


@EACH
def test_its_exposure_stays_low(service: str, tmp_path: Path) -> None:
    """As `systemd-analyze security` counts it."""
    done = analyze(service, tmp_path, "security", "--offline=true")
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert level, done.stderr
    assert float(level[1]) <= WORST


@EACH
def test_systemd_knows_each_line(service: str, tmp_path: Path) -> None:
    """A misspelt setting would be ignored, and the service would run without it."""
    done = analyze(service, tmp_path, "verify", "--man=no")
    assert not re.search(rf"(?m)^\S*comboio-{service}@\S*:\d+: .*$", done.stderr), done.stderr


@pytest.mark.parametrize(
    ("service", "status"), [("producer", producer.WRONG_OPTION), ("consumer", consumer.WRONG_OPTION)]
)
def test_a_wrong_option_is_not_tried_again(service: str, status: int) -> None:
    """Every other failure is, by both services."""
    assert f"\nRestartPreventExitStatus={status}\n" in unit(service)


def test_what_is_spooled_is_an_orderly_end_that_has_a_next_start() -> None:
    """The producer's own status for it is no failure of the unit, and does not end it for good."""
    assert f"\nSuccessExitStatus={producer.SPOOLED}\n" in unit("producer")
    assert f"\nRestartForceExitStatus={producer.SPOOLED}\n" in unit("producer")


def test_the_consumer_has_the_time_to_drain_that_its_options_may_ask_for() -> None:
    """The longest timeout that a function may have fits into the stop, the longest turn into the watchdog's time."""
    bounds = ConsumerSettings.model_fields["function_timeout_s"].metadata
    (longest,) = (each.le for each in bounds if hasattr(each, "le"))
    seconds = dict(re.findall(r"(?m)^(\w+Sec)=(\d+)$", unit("consumer")))
    assert int(seconds["TimeoutStopSec"]) >= longest + LAST_COMMIT_S + LEAVE_S
    assert int(seconds["WatchdogSec"]) >= REVOKE_TRIES * CLIENT_ANSWER_S + GRACE_S
