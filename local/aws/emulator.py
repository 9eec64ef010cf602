"""The AWS emulator: ministack, in an environment of its own, on loopback, in memory."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local import port as ports
from local.progress import Progress, silence
from local.server import inherited_environment, running, scratch_directory
from local.tool import ROOT, TOOLS, install_python, installed

LOCK = ROOT / "requirements" / "emulator.txt"
"""Pins the emulator and all it needs."""

REGION = "us-east-1"
"""The one region that there is."""

START_WITHIN_S = 30.0
"""Seconds for a start, which takes less than one on an idle machine."""

_KEY_ID = KEY = "local"
"""Credentials. The emulator accepts any; these keep clients from looking for real ones."""


@dataclass(frozen=True, slots=True)
class Aws:
    """An AWS endpoint for every service.

    Attributes:
        endpoint: its URL.
    """

    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """Return variables that make any AWS SDK use this endpoint and no other."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": _KEY_ID,
            "AWS_SECRET_ACCESS_KEY": KEY,
        }

    def client(self, service: str, config: Config | None = None) -> Any:
        """Return a boto3 client of this endpoint, whatever the environment says; `service` as boto3 names it.

        One of each is kept, for a client takes longer to make than most calls take; threads may share it.
        """
        return _client(self.endpoint, service) if config is None else _new_client(self.endpoint, service, config)


def _new_client(endpoint: str, service: str, config: Config | None = None) -> Any:
    session = boto3.Session(aws_access_key_id=_KEY_ID, aws_secret_access_key=KEY, region_name=REGION)
    return session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]  # any name


_client = cache(_new_client)


@contextmanager
def emulator(port: int | None = None, progress: Progress = silence, tools: Path = TOOLS) -> Iterator[Aws]:
    """Run an empty AWS for the length of the block, or until this process ends.

    Args:
        port: its loopback port; any free one if None.
        progress: called with each step of the installation.
        tools: where its environment is kept.

    Raises:
        LocalError: the port is in use, or the emulator cannot be installed or started.
    """
    gateway = ports.asked_or_free(port, "LOCAL_AWS_PORT")
    python = install(progress, tools) / "bin" / "python"
    endpoint = f"http://{ports.LOOPBACK}:{gateway}"
    with scratch_directory("aws") as scratch:
        environment = inherited_environment() | {
            "BIND_HOST": ports.LOOPBACK,
            "GATEWAY_PORT": str(gateway),
            "MINISTACK_HOST": ports.LOOPBACK,  # the host in queue URLs
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(scratch),  # its process id file
            "S3_DATA_DIR": str(scratch / "s3"),
            "LOG_LEVEL": "WARNING",
            # Otherwise it would listen for these too, and clean up containers.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{scratch}/no-docker",
        }
        with running("The AWS emulator", [str(python), "-m", "ministack"], environment, scratch) as server:
            server.wait_until(lambda: _ready(endpoint), START_WITHIN_S)
            yield Aws(endpoint)


def _ready(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/ready", timeout=2) as answer:  # noqa: S310 - our own URL
            return bool(answer.status == 200)
    except OSError:
        return False


def install(progress: Progress = silence, tools: Path = TOOLS) -> Path:
    """Return the emulator's Python environment, which is made the first time.

    Raises:
        LocalError: the packages are out of reach.
    """

    def make(directory: Path) -> None:
        progress("Setting up .tools/emulator: the AWS emulator (once, about 60 MB)")
        install_python(directory, LOCK, "The AWS emulator")

    return installed("emulator", LOCK, make, tools)
