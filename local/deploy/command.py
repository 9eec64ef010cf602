"""The command `make deploy-local`: runs it, shows it, and writes the report."""

import shutil
import signal
import sys
from types import FrameType
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from comboio.settings import SettingsError
from local.aws import emulator
from local.demo.processes import Processes, base_environment
from local.demo.proof.paths import Paths
from local.deploy.display import Steps
from local.deploy.report import DeployReport
from local.deploy.run import DeployRun
from local.deploy.sam import require_sam
from local.deploy.settings import DeploySettings
from local.errors import LocalError, stop_for
from local.kafka import TOPICS, broker
from local.tool import ROOT

FOLDER = ROOT / "build" / "deploy"
"""Where the artefacts, the logs and the report are."""


def main() -> None:
    """Run it: exit status 0 if the run is sound, 1 if not, 2 if it could not be run."""
    console = Console()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        settings = DeploySettings.from_environment()
        require_sam()
        report = _run(settings, Steps(console))
    except (LocalError, SettingsError) as error:
        stop_for(error)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing keeps running.\n")
        raise SystemExit(130) from None
    report.write(FOLDER / "report.json")
    table = Table(show_header=False)
    for row in report.rows():
        table.add_row(*row)
    console.print(table)
    console.print(report.verdict(), style="green" if report.sound else "bold red")
    console.print(f"Written: {FOLDER / 'report.json'}", highlight=False, soft_wrap=True)
    raise SystemExit(0 if report.sound else 1)


def _run(settings: DeploySettings, steps: Steps) -> DeployReport:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with (
        broker(settings.kafka, TOPICS, port=settings.kafka_port) as kafka,
        emulator(settings.aws_port) as aws,
        Processes(base_environment()) as processes,
    ):
        return DeployRun(settings, Paths(FOLDER), kafka, aws, processes, steps).run()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does, so that everything is stopped."""
    raise KeyboardInterrupt
