"""`make invoke`: invokes the built dispatcher with an event from a file, as `sam local invoke` does with Docker.

The function runs under Lambda's Runtime Interface Emulator (FUNCTION=rie), in this process (process), or is called
through boto3 at the emulator (endpoint). AWS is the local emulator with the resources of template.yaml.
"""

import argparse
import gzip
import json
import os
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import boto3

from comboio.contract.cluster import cluster_of
from consumer.invoke.aws_lambda import Endpoint
from consumer.invoke.emulator import Emulator
from consumer.invoke.in_process import InProcess, load_handler
from consumer.invoke.invoke import InvocationError
from local.aws import DeployedFunction, deploy, emulator
from local.errors import LocalError, stop_for
from local.progress import to_stderr
from local.rie import rie

FUNCTION = "DispatcherFunction"

WAYS = ("rie", "process", "endpoint")

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


class Way(Protocol):
    """Invokes the function with an event as JSON, and returns its answer as it is written."""

    def __call__(self, event: bytes) -> str:
        """Return the answer.

        Raises:
            InvocationError: there is none.
        """
        ...


@contextmanager
def invoking(way: str, function: DeployedFunction) -> Iterator[Way]:
    """Run the function in one of the ways for the length of the block.

    Raises:
        LocalError: it does not start.
    """
    if way == "process":
        # As in Lambda, the environment is the function's when its module is imported and when it is called.
        with patch.dict(os.environ, function.environment):
            handler = load_handler(":".join(function.handler.rsplit(".", 1)))
            inside = InProcess(handler, function.name, function.memory_mb, function.timeout_s)
            yield lambda event: _written(inside.invoke(json.loads(event), _REQUEST_ID))
        return
    with rie(function.handler, function.environment, function.timeout_s, function.memory_mb, progress=to_stderr) as url:
        if way == "rie":
            outside = Emulator(url, function.timeout_s)
            yield lambda event: _written(outside.invoke(event, _REQUEST_ID))
        else:
            endpoint = Endpoint(_client(url, function.environment), "function")
            yield lambda event: _written(endpoint.invoke(event, _REQUEST_ID))


def _client(url: str, environment: Mapping[str, str]) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=url,
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def _written(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


def main() -> None:
    """Invoke, and print the answer: exit status 0, 1 if the function failed, 2 if it could not be invoked."""
    parser = argparse.ArgumentParser(prog="python -m local.invoke", description=__doc__)
    parser.add_argument("event", type=Path, help="file with the event, such as events/ordinary.json; it may be gzip")
    parser.add_argument("--function", choices=WAYS, default="rie", help="how the function runs (rie)")
    options = parser.parse_args()
    try:
        event = options.event.read_bytes()
        if options.event.suffix == ".gz":
            event = gzip.decompress(event)
        cluster = cluster_of(json.loads(event))
    except (OSError, EOFError, ValueError, AttributeError, zlib.error) as error:
        parser.error(f"{options.event} is not a file with a JSON event: {error}")
    try:
        with emulator(progress=to_stderr) as aws:
            function = deploy(aws).function(FUNCTION)
            # The template's function serves its own cluster only, and the event may be of another.
            function = replace(function, environment={**function.environment, "DISPATCHER_CLUSTERS": cluster})
            with invoking(options.function, function) as invoke:
                answer = invoke(event)
    except LocalError as error:
        stop_for(error)
    except InvocationError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    sys.stdout.write(f"{answer}\n")


if __name__ == "__main__":
    main()
