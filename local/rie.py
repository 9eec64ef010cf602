"""Lambda's Runtime Interface Emulator around the function as it is built, without a container.

The emulator is the one that AWS SAM's command line carries, for Linux; the function's Python has what Lambda's runtime
has besides the layer: AWS's runtime client and boto3.
"""

import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local import port as ports
from local.errors import MissingError
from local.progress import Progress, silence
from local.server import running, scratch_directory
from local.tool import ROOT, TOOLS, install_python, installed

LOCK = ROOT / "requirements" / "lambda.txt"
"""Pins what Lambda's runtime brings."""

BUILT = (ROOT / "build" / "function-local", ROOT / "build" / "layer-local" / "python")
"""What `make build-local` writes: the function and its layer for this machine's Python."""

_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}

START_WITHIN_S = 30.0
"""Seconds for a start, which takes a tenth of one; the function itself starts with its first event."""

IN_LAMBDA = {
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PYDANTIC_DISABLE_PLUGINS": "1",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
}
"""Variables of the runtime that the template does not have."""


def emulator_binary(tools: Path = TOOLS) -> Path:
    """Return the emulator that AWS SAM's command line carries.

    Raises:
        MissingError: it is not installed, or this is no Linux.
    """
    name = f"aws-lambda-rie-{_MACHINES.get(platform.machine().lower(), '')}"
    found = sorted(tools.glob(f"sam/lib/python*/site-packages/samcli/local/rapid/{name}"))
    if sys.platform != "linux" or not found:
        raise MissingError(
            "The Runtime Interface Emulator comes with AWS SAM's command line, and runs on Linux only. "
            "`make .tools/sam/.ready` installs it; elsewhere use FUNCTION=process."
        )
    return found[-1]


def check_installed(code: Sequence[Path] = BUILT, tools: Path = TOOLS) -> Path:
    """Return the emulator, once it is known that the function is built too.

    Raises:
        MissingError: one of them is not there; the message says how to get it.
    """
    binary = emulator_binary(tools)
    for folder in code:
        if not folder.is_dir():
            raise MissingError(f"There is no {folder}: `make build-local` builds the function for this machine.")
    return binary


@contextmanager
def rie(
    handler: str,
    environment: Mapping[str, str],
    timeout_s: int,
    memory_mb: int,
    code: Sequence[Path] = BUILT,
    progress: Progress = silence,
    tools: Path = TOOLS,
    port: int = 0,
) -> Iterator[str]:
    """Run a function for the length of the block, or until this process ends; give the emulator's URL.

    Args:
        handler: `package.module.function`, as in the template.
        environment: the function's variables, and nothing of this process's.
        timeout_s: when the emulator stops the function.
        memory_mb: what the function is told of its memory.
        code: folders that the function may import from, in this order.
        progress: called with the installation.
        tools: where the tools are.
        port: where the emulator listens; 0 is any that is free.

    Raises:
        MissingError: the emulator or the build is not there.
        LocalError: it does not start.
    """
    binary = check_installed(code, tools)
    python = runtime_python(progress, tools)
    invocations, runtime_api = port or ports.free(), ports.free()
    variables = {
        **IN_LAMBDA,
        "PATH": "/usr/bin:/bin",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        **environment,
        "_HANDLER": handler,
        "PYTHONPATH": ":".join(map(str, code)),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
    }
    listening = [
        "--runtime-interface-emulator-address",
        f"{ports.LOOPBACK}:{invocations}",
        "--runtime-api-address",
        f"{ports.LOOPBACK}:{runtime_api}",
    ]
    command = [str(binary), *listening, str(python), "-m", "awslambdaric", handler]
    with scratch_directory("rie") as scratch, running("The Lambda emulator", command, variables, scratch) as server:
        server.wait_until(lambda: ports.answers(invocations), START_WITHIN_S)
        yield f"http://{ports.LOOPBACK}:{invocations}"


def runtime_python(progress: Progress = silence, tools: Path = TOOLS) -> Path:
    """Return the Python that has what Lambda's runtime brings, its client among it; install that first if need be.

    Raises:
        LocalError: the packages are out of reach.
    """
    return installed("lambda", LOCK, lambda to: _install(to, progress), tools) / "bin" / "python"


def _install(directory: Path, progress: Progress) -> None:
    progress("Setting up .tools/lambda: what Lambda's runtime brings (once, about 30 MB)")
    install_python(directory, LOCK, "Lambda's runtime")
