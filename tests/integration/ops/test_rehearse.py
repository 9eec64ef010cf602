"""The walk-through of docs/how-to/adopt.md as it is written: its table, its commands, and what it says they print.

It starts Kafka and AWS, as the page does: some ten seconds of the processor.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from local.tool import ROOT
from tests.unit.docs.test_commands import blocks

PAGE = ROOT / "docs/how-to/adopt.md"
BLOCK = r"```{}\n(.*?)^```"

SAMPLES = (
    'NO_HEADERS\tBRA2E19\t{"data": {"type": "VEHICLE_STOP", "uuid": "5f0c", "vehicle": {"plate": "BRA2E19"}}}\n'
    'tenant:acme,at:12:30\tBRA2E20\t{"data": {"type": "VEHICLE_STOP"}}\n'
    'NO_HEADERS\tnull\t{"data": {"kind": "VEHICLE_STOP"}}\n'
    'NO_HEADERS\tnull\t{"data": {"type": "DOOR_OPENED"}}\n'
)


def block(language: str) -> str:
    """Return the page's first block of a language."""
    found = re.search(BLOCK.format(language), PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def run(tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Do steps 2 to 4 with the page's own words; only the files' places are others."""
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples/vehicle.events").write_text(SAMPLES, encoding="utf-8")
    (tmp_path / "new.toml").write_text(block("toml"), encoding="utf-8")
    steps = [each for each in blocks(PAGE) if "new.toml" in each and "aws " not in each]
    script = "".join(steps).replace("samples", f"{tmp_path}/samples")
    script = re.sub(r"\b(new\.toml|message\.json)", rf"{tmp_path}/\1", script)
    command = ["/bin/bash", "-c", script]
    environ = {**os.environ, "KAFKA": "embedded"}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=240)  # noqa: S603


def test_the_walk_through_does_what_it_says(run: "subprocess.CompletedProcess[str]") -> None:
    """The table is right, the message has its route, and the rehearsal says of each message what the page says."""
    assert "is a valid routing table" in run.stdout
    assert "stops: takes it" in run.stdout
    assert block("text") in run.stdout, run.stdout + run.stderr
    received = (ROOT / "build/rehearsal/stops.jsonl").read_text(encoding="utf-8").splitlines()
    assert ["VEHICLE_STOP" in line for line in received] == [True, True]
