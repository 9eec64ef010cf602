"""The command `make deploy-local`: runs it, shows it, and writes the report."""

from rich.console import Console

from local.aws import emulator
from local.demo.processes import Processes, base_environment
from local.demo.proof.paths import Paths
from local.deploy.display import Steps
from local.deploy.report import DeployReport
from local.deploy.run import DeployRun
from local.deploy.sam import require_sam
from local.deploy.settings import DeploySettings
from local.kafka import TOPICS, broker
from local.tool import ROOT
from local.usage import explain
from local.verdict import empty, end_by

FOLDER = ROOT / "build" / "deploy"
"""Where the artefacts, the logs and the report are."""

REPORT = FOLDER / "report.json"


def main() -> None:
    """Run it: exit status 0 if the run is sound, 1 if not, 2 if it could not be run."""
    explain(
        "local.deploy",
        "Deploys, feeds, updates and deletes the whole stack on an emulator of AWS: `make deploy-local`.",
        DeploySettings,
    )
    end_by(_run, str(REPORT))


def _run(console: Console) -> DeployReport:
    settings = DeploySettings.from_environment()
    require_sam()
    empty(FOLDER)
    with (
        broker(settings.kafka, TOPICS, port=settings.kafka_port) as kafka,
        emulator(settings.aws_port) as aws,
        Processes(base_environment()) as processes,
    ):
        report = DeployRun(settings, Paths(FOLDER), kafka, aws, processes, Steps(console)).run()
    report.write(REPORT)
    return report
