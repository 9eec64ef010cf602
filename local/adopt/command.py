"""The command `make adopt-check`: runs the check, shows it, and writes build/adopt/report.json."""

import json
import os
import shutil
import sys

from rich.console import Console
from rich.table import Table

from comboio.settings import SettingsError
from local.adopt.check import Check
from local.adopt.contracts import SCHEMA, SCHEMA_ID, fleets
from local.adopt.registry import registry
from local.demo.processes import Processes, base_environment
from local.errors import LocalError, stop_for
from local.progress import to_stderr
from local.settings import LocalSettings
from local.stack import Stack
from local.tool import ROOT

FOLDER = ROOT / "build" / "adopt"
PARTITIONS = 3
MESSAGES = 500
"""Good messages of each fleet, unless ADOPT_MESSAGES says otherwise."""


def main() -> None:
    """Run it: exit status 0 if all arrived as it should, 1 if not, 2 if it could not be run."""
    console = Console()
    try:
        settings = LocalSettings.from_environment()
        all_fleets = fleets(_messages(os.environ.get("ADOPT_MESSAGES", "")))
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        topics = {fleet.topic: PARTITIONS for fleet in all_fleets}
        with (
            registry({SCHEMA_ID: json.dumps(SCHEMA)}) as address,
            Stack(settings, topics, progress=to_stderr) as stack,
            Processes(base_environment()) as processes,
        ):
            for fleet in all_fleets:
                to_stderr(f"{fleet.topic}: {len(fleet.messages)} messages, {fleet.about}")
            outcomes = Check(stack, processes, FOLDER, address).run(all_fleets)
    except (LocalError, SettingsError) as error:
        stop_for(error)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing keeps running.\n")
        raise SystemExit(130) from None
    table = Table("where", "expected", "missing", "not as sent")
    for each in outcomes:
        table.add_row(each.place, str(each.expected), str(each.missing), str(each.foreign))
    console.print(table)
    sound = all(each.sound for each in outcomes)
    report = FOLDER / "report.json"
    text = json.dumps({"sound": sound, "outcomes": [each._asdict() for each in outcomes]}, indent=2)
    report.write_text(text + "\n", encoding="utf-8")
    verdict = "All arrived as it was sent, and each bad message says what is wrong." if sound else "Not all is right."
    console.print(verdict, style="green" if sound else "bold red")
    console.print(f"Written: {report.relative_to(ROOT)}", highlight=False)
    raise SystemExit(0 if sound else 1)


def _messages(written: str) -> int:
    if not written:
        return MESSAGES
    if not (written.isdecimal() and 1 <= int(written) <= 100_000):
        raise LocalError(f"ADOPT_MESSAGES is a number from 1 to 100000, not {written!r}.")
    return int(written)
