"""The systemd unit: valid, hardened, and in step with the program."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from producer.main import SPOOLED, WRONG_OPTION

_UNIT = Path("producer/deploy/comboio-producer@.service")
_WORST = 1.5
"""systemd's exposure level that must not be exceeded; 0 is best, 10 is worst."""


def test_its_exposure_stays_low() -> None:
    """As `systemd-analyze security` counts it."""
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("systemd-analyze is missing: apt install systemd")
        pytest.skip("no systemd-analyze: apt install systemd")
    command = [program, "security", "--offline=true", "--no-pager", str(_UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert level, done.stderr
    assert float(level[1]) <= _WORST


def test_it_knows_the_exit_statuses() -> None:
    """What is spooled is an orderly end; a wrong option is not tried again."""
    text = _UNIT.read_text()
    assert f"\nSuccessExitStatus={SPOOLED}\n" in text
    assert f"\nRestartPreventExitStatus={WRONG_OPTION}\n" in text


def test_the_installation_is_a_sound_script() -> None:
    """For bash, without running it."""
    bash = shutil.which("bash")
    assert bash
    subprocess.run([bash, "-n", "producer/deploy/install.sh"], check=True)  # noqa: S603 - our own script
