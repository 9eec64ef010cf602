"""The command `make demo`: runs the demo, shows it, and writes its report."""

import shutil
import sys

from rich.console import Console
from rich.table import Table

from comboio.settings import SettingsError
from local.demo.display import display_for
from local.demo.processes import Processes, base_environment
from local.demo.proof.paths import Paths
from local.demo.run import Demo
from local.demo.settings import DemoSettings
from local.errors import LocalError, stop_for
from local.progress import to_stderr
from local.stack import Stack


def main() -> None:
    """Run it: exit status 0 if the run is sound, 1 if not, 2 if it could not be run."""
    console = Console()
    paths = Paths()
    try:
        settings = DemoSettings.from_environment()
        shutil.rmtree(paths.root, ignore_errors=True)
        paths.root.mkdir(parents=True)
        with Stack(settings, progress=to_stderr) as stack, Processes(base_environment()) as processes:
            to_stderr(f"Producing {settings.rate:,} messages a second for {settings.duration} s")
            with display_for(console) as display:
                report = Demo(settings, paths, stack, processes, display).run()
    except (LocalError, SettingsError) as error:
        stop_for(error)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing keeps running.\n")
        raise SystemExit(130) from None
    report.write(paths.root)
    table = Table(show_header=False)
    for row in report.rows():
        table.add_row(*row)
    console.print(table)
    console.print(report.verdict(), style="green" if report.sound else "bold red")
    console.print(f"Written: {paths.root / 'report.md'}, report.json", highlight=False, soft_wrap=True)
    raise SystemExit(0 if report.sound else 1)
