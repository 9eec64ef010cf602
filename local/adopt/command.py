"""The command `make adopt-check`: runs the check, shows it, and writes build/adopt/report.json."""

import os

from rich.console import Console

from local.adopt.check import Check
from local.adopt.contracts import fleets
from local.adopt.registry import served
from local.adopt.report import AdoptReport
from local.adopt.schemas import subjects
from local.demo.processes import Processes, base_environment
from local.errors import LocalError
from local.progress import to_stderr
from local.settings import LocalSettings
from local.stack import Stack
from local.tool import ROOT
from local.usage import explain
from local.verdict import empty, end_by

FOLDER = ROOT / "build" / "adopt"
REPORT = FOLDER / "report.json"
PARTITIONS = 3
MESSAGES = 500
"""Good messages of each fleet, unless ADOPT_MESSAGES says otherwise."""


def main() -> None:
    """Run it: exit status 0 if all arrived as it should, 1 if not, 2 if it could not be run."""
    explain(
        "local.adopt",
        f"Sends ADOPT_MESSAGES ({MESSAGES}) messages of each foreign fleet by a table alone: `make adopt-check`.",
        LocalSettings,
    )
    end_by(_run, str(REPORT.relative_to(ROOT)))


def _run(_console: Console) -> AdoptReport:
    settings = LocalSettings.from_environment()
    all_fleets = fleets(_messages(os.environ.get("ADOPT_MESSAGES", "")))
    empty(FOLDER)
    topics = {fleet.topic: PARTITIONS for fleet in all_fleets}
    with (
        served(subjects()) as address,
        Stack(settings, topics, progress=to_stderr) as stack,
        Processes(base_environment()) as processes,
    ):
        for fleet in all_fleets:
            to_stderr(f"{fleet.topic}: {len(fleet.messages)} messages, {fleet.about}")
        report = AdoptReport(Check(stack, processes, FOLDER, address).run(all_fleets))
    report.write(REPORT)
    return report


def _messages(written: str) -> int:
    if not written:
        return MESSAGES
    if not (written.isdecimal() and 1 <= int(written) <= 100_000):
        raise LocalError(f"ADOPT_MESSAGES is a number from 1 to 100000, not {written!r}.")
    return int(written)
