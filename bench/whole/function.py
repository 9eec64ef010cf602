"""A function as Lambda runs it: AWS's runtime client with what Lambda's runtime has, and one core."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.dispatcher.contenders import ENVIRONMENT, routing_table
from bench.dispatcher.pin import pin
from local.rie import BUILT, IN_LAMBDA
from local.tool import ROOT

DISPATCHER = "dispatcher.handler.handler"
CONTENDERS = "bench.whole.entry.handler"

END_WITHIN_S = 10.0
"""Seconds to wait for a process that was told to end."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function's process."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def lives(self) -> bool:
        """Return whether it runs."""
        return self.process.poll() is None

    def cpu_s(self) -> float:
        """Return the CPU seconds of all its threads until now, as Linux counts them."""
        return self._ticks(11) + self.system_s()

    def system_s(self) -> float:
        """Return those of them that were spent within the system, for what the function asked of it."""
        return self._ticks(12)

    def _ticks(self, field: int) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return int(fields[field]) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a function finds its runtime and its services. `trust` is the authority's certificate."""

    python: Path
    runtime_api: str
    endpoint: str
    trust: Path
    scratch: Path
    core: int | None


@contextmanager
def running(contender: str, mode: str, around: Surroundings) -> Iterator[Function]:
    """Run a function for the length of the block."""
    ours = contender == "comboio"
    handler = DISPATCHER if ours else CONTENDERS
    routes = around.scratch / "routes.toml"
    routes.write_text(routing_table(mode), encoding="utf-8")
    environment = {
        **ENVIRONMENT,
        **IN_LAMBDA,
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(map(str, BUILT if ours else (*BUILT, ROOT))),
        "PYTHONDONTWRITEBYTECODE": "",
        "AWS_LAMBDA_RUNTIME_API": around.runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "_HANDLER": handler,
        "AWS_ENDPOINT_URL": around.endpoint,
        "SSL_CERT_FILE": str(around.trust),
        "AWS_CA_BUNDLE": str(around.trust),  # boto3 has its own list of authorities
        "DISPATCHER_ROUTES_FILE": str(routes),
        "BENCH_CONTENDER": contender,
    }
    log = around.scratch / f"{contender}-{mode}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 -- a command of our own, no shell
            [str(around.python), "-m", "awslambdaric", handler],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=partial(pin, around.core),
        )
    try:
        yield Function(process, log)
    finally:
        process.kill()
        process.wait(END_WITHIN_S)
