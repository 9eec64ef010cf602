"""A command in the process of the tests: to start Python and import boto3 for each call takes longer than the call."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, NamedTuple
from unittest.mock import patch


class Done(NamedTuple):
    """How a command ended, and what it wrote, with the names of `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def run(main: Callable[[], Any], arguments: Sequence[str], environ: Mapping[str, str]) -> Done:
    """Call the `main` of a command with exactly this environment. What it raises, and a user would see, is raised."""
    out, err = StringIO(), StringIO()
    with (
        patch.object(sys, "argv", ["command", *arguments]),
        patch.dict(os.environ, environ, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            status = main()
        except SystemExit as end:
            status = end.code
    return Done(int(status or 0), out.getvalue(), err.getvalue())
