"""How long a fresh interpreter takes to import a function and to answer its first event.

The built dispatcher against a handler that has boto3 and nothing else. Both find their packages as in Lambda (the
function, the layer, then the runtime's), both have byte code, and both talk to the same loopback server.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.dispatcher.contenders import ENVIRONMENT
from bench.dispatcher.pin import pin
from bench.dispatcher.workload import Workload

BUILD = Path(__file__).parents[2] / "build"
BUILT = (BUILD / "function-local", BUILD / "layer-local" / "python")
RUNTIME = Path(sysconfig.get_path("purelib"))
"""Where boto3 is: Lambda's runtime brings it."""

_TIMED = """
import json, sys, time
began = time.perf_counter()
{imports}
imported = time.perf_counter()
{invoke}
ended = time.perf_counter()
print(json.dumps([(imported - began) * 1000, (ended - imported) * 1000]))
"""
_COMBOIO = _TIMED.format(
    imports="from dispatcher.handler import handler",
    invoke="""
class context:
    aws_request_id = "8f5a2c1e-7b3d-4e9a-9c1f-2d4b6a8e0f13"
    get_remaining_time_in_millis = staticmethod(lambda: 30_000)
answer = handler(json.loads(EVENT), context)
assert answer == {"batchItemFailures": []}, answer
""",
)
_BARE = _TIMED.format(
    imports="""
import boto3
sqs, dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
""",
    invoke="""
records = [record for group in json.loads(EVENT)["records"].values() for record in group]
entries = [{"Id": str(index), "MessageBody": record["value"]} for index, record in enumerate(records)]
answer = sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=entries)
assert len(answer["Successful"]) == len(records), answer
""",
)
_PROGRAMS = {"comboio": _COMBOIO, "bare": _BARE}


class NotBuiltError(Exception):
    """There is no built function to start."""

    def __init__(self) -> None:
        super().__init__("There is no built function in build/; run `make build-local` first.")


def start_ms(
    endpoint: str, core: int | None, starts: int, built: Sequence[Path] = BUILT
) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds of (import, first invocation) of each start, by program; the programs take turns.

    Raises:
        NotBuiltError: `make build-local` was not run.
    """
    if not all(folder.is_dir() for folder in built):
        raise NotBuiltError
    environ = _environment(endpoint, built)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in _PROGRAMS}
    for attempt in range(starts + 1):
        for name in _PROGRAMS:
            said = _run(name, environ, core).splitlines()
            imported, invoked = json.loads(said[-1])  # the lines before are the function's log
            if attempt:  # the first one warms the disk's cache, and writes what byte code is missing
                taken[name].append((imported, invoked))
    return taken


def medians(starts: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Of the whole, of the import and of the first invocation."""
    imports, invocations = zip(*starts, strict=True)
    return median(map(sum, starts)), median(imports), median(invocations)


def _environment(endpoint: str, built: Sequence[Path]) -> Mapping[str, str]:
    kept = {name: value for name in ("PATH", "HOME", "LANG") if (value := os.environ.get(name))}
    queue = "https://sqs.us-east-1.amazonaws.com/123456789012/"
    return {
        **kept,
        **ENVIRONMENT,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",  # the handler builds its function at import, as in Lambda
        "AWS_ENDPOINT_URL": endpoint,
        "PYTHONPATH": os.pathsep.join(map(str, (*built, RUNTIME))),
        "ROUTE_TELEMETRY_QUEUE_URL": f"{queue}telemetry",
        "ROUTE_EVENTS_QUEUE_URL": f"{queue}events",
        "ROUTE_ALERTS_QUEUE_URL": f"{queue}alerts.fifo",
    }


def _run(name: str, environ: Mapping[str, str], core: int | None) -> str:
    event = Workload(records=10, partitions=1).batch(0)
    given = f"EVENT = {event!r}\nQUEUE_URL = {environ['ROUTE_TELEMETRY_QUEUE_URL']!r}\n"
    done = subprocess.run(  # noqa: S603 -- this interpreter, with the programs above
        [sys.executable, "-S", "-c", given + _PROGRAMS[name]],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: pin(core) and None,
    )
    if done.returncode:
        raise RuntimeError(f"The {name} function did not start:\n{done.stderr}")
    return done.stdout
