"""The command `make demo`: runs the demo, shows it, and writes its report."""

from rich.console import Console

from local.aws.attach import DEMO_FILE, Running, announce, withdraw
from local.demo.consumers import GROUP
from local.demo.display import display_for
from local.demo.function_place import Functions
from local.demo.processes import Processes, base_environment
from local.demo.proof.paths import Paths
from local.demo.proof.report import Report
from local.demo.run import Demo
from local.demo.settings import DemoSettings
from local.demo.timeline.page import report_page
from local.progress import to_stderr
from local.stack import Stack
from local.usage import explain
from local.verdict import empty, end_by

PATHS = Paths()


def main() -> None:
    """Run it: exit status 0 if the run is sound, 1 if not, 2 if it could not be run."""
    explain(
        "local.demo",
        "Runs the whole system on this machine with every fault, and proves that nothing was lost: `make demo`.",
        DemoSettings,
    )
    end_by(_run, f"{PATHS.root / 'report.html'}, report.md, report.json")


def _run(console: Console) -> Report:
    settings = DemoSettings.from_environment()
    empty(PATHS.root)
    functions = Functions(settings.function)
    functions.check()
    with Stack(settings, progress=to_stderr) as stack, functions, Processes(base_environment()) as processes:
        to_stderr(f"Producing {settings.rate:,} messages a second for {settings.duration} s")
        where = Running(stack.aws.endpoint, stack.kafka.bootstrap, GROUP, str(PATHS.routes), str(PATHS.root))
        announce(where, DEMO_FILE)
        try:
            with display_for(console) as display:
                report, found = Demo(settings, PATHS, stack, functions, processes, display).run()
        finally:
            withdraw(DEMO_FILE)
    report.write(PATHS.root)
    (PATHS.root / "report.html").write_text(report_page(report, found), encoding="utf-8")
    return report
