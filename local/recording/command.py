"""The command `make record-events`: writes the recorded files of events/ anew, or those that are named."""

import sys
import tempfile
from pathlib import Path

from local.errors import LocalError, stop_for
from local.progress import to_stderr
from local.recording.cases import Case, cases
from local.recording.folder import Event, write
from local.recording.on_failure import record_on_failure
from local.recording.run import record

ON_FAILURE = "on-failure"
"""The name of the run that gives a batch up."""


def main() -> None:
    """Record: exit status 0, or 2 if something could not be recorded or there is none of that name."""
    known = {case.files[0].removesuffix("-1"): case for case in cases()}
    wanted = sys.argv[1:] or [*known, ON_FAILURE]
    if unknown := set(wanted) - {*known, ON_FAILURE}:
        sys.stderr.write(
            f"There is no recording {', '.join(sorted(unknown))}; there are {', '.join([*known, ON_FAILURE])}.\n"
        )
        raise SystemExit(2)
    try:
        for name in wanted:
            to_stderr(f"Recording {name}")
            for file, event in _recorded(known.get(name)).items():
                write(file, event)
    except LocalError as error:
        stop_for(error)


def _recorded(case: Case | None) -> dict[str, Event]:
    with tempfile.TemporaryDirectory(prefix="comboio-recording-") as scratch:
        return record(case, Path(scratch)) if case is not None else record_on_failure(Path(scratch))
