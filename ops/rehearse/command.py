"""The command `make rehearse TABLE=new.toml SAMPLES=samples`: shows where one's own messages go by one's own table."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from comboio.errors import ComboioError
from local.demo.processes import Processes, base_environment
from local.progress import to_stderr
from local.settings import LocalSettings
from local.stack import Stack
from local.tool import ROOT
from local.verdict import empty, end_by
from ops.rehearse.rehearsal import Rehearsal
from ops.rehearse.report import RehearsalReport
from ops.rehearse.samples import read_samples
from ops.rehearse.stand_in import with_queues
from ops.routes.offline import read_table
from ops.stop import stop_for

FOLDER = ROOT / "build" / "rehearsal"

_STAND_IN = "rehearsal"
"""The value of the variables that the table names and this machine does not have."""


def rehearse(table_file: Path, samples_folder: Path) -> RehearsalReport:
    """Run it on a local stack of its own, and write what arrived.

    Raises:
        RoutingError: the table is wrong.
        LocalError: the samples are, or a part of the stack failed.
    """
    settings = LocalSettings.from_environment()
    table, unset = read_table(table_file, os.environ, offline=True)

    def is_one(topic: str) -> bool:
        contract = table.contract(topic)
        return contract is not None and bool(contract.registry)

    samples = read_samples(samples_folder, is_one)
    empty(FOLDER)
    topics = dict.fromkeys(samples, 1)
    with Stack(settings, topics, progress=to_stderr) as stack, Processes(base_environment()) as processes:
        rehearsal = Rehearsal(stack, processes, FOLDER)
        queues = rehearsal.queues(sorted(table.destinations))
        stood_in = FOLDER / "routes.toml"
        stood_in.write_text(with_queues(table_file.read_text(encoding="utf-8"), queues), encoding="utf-8")
        for topic, sent in samples.items():
            to_stderr(f"{topic}: {len(sent)} messages")
        found = rehearsal.run(stood_in, samples, queues, {each.variable: _STAND_IN for each in unset})
    report = RehearsalReport(samples, found)
    report.write(FOLDER)
    return report


def main(arguments: Sequence[str]) -> None:
    """Run it: exit status 0 if each message went where a route sends it, 1 if not, 2 if it could not be run."""
    parser = argparse.ArgumentParser(
        prog="make rehearse TABLE=... SAMPLES=...",
        usage="make rehearse TABLE=new.toml SAMPLES=samples",
        description="Sends messages through a routing table on this machine: real Kafka, the deployed handler, and a "
        "queue for each destination. Nothing leaves the machine but questions to a schema registry.",
    )
    parser.add_argument("table", type=Path, help="the routing table")
    parser.add_argument("samples", type=Path, help="a folder with a file for each topic, which has the topic's name")
    asked = parser.parse_args(arguments)

    def run(console: Console) -> RehearsalReport:
        try:
            report = rehearse(asked.table, asked.samples)
        except (ComboioError, OSError) as error:
            stop_for(error)
        for line in report.lines():
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        return report

    end_by(run, str(FOLDER.relative_to(ROOT)))


if __name__ == "__main__":
    main(sys.argv[1:])
