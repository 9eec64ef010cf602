"""The SAM command line: what is run, as users run it."""

from collections.abc import Mapping
from pathlib import Path

from local.errors import MissingError
from local.tool import ROOT, TOOLS

SAM = TOOLS / "sam" / "bin" / "sam"
"""The command, which `make deploy-local` installs first."""

CONFIGURATION = ROOT / "samconfig.toml"
"""The options that a deployment to AWS has too."""


def require_sam() -> None:
    """Return if the command is installed.

    Raises:
        MissingError: it is not.
    """
    if not SAM.exists():
        raise MissingError(f"{SAM} is not installed. Run: make .tools/sam/.ready")


def build_command(to: Path) -> list[str]:
    """Return the command that builds template.yaml into a directory."""
    return [str(SAM), "build", "--template-file", str(ROOT / "template.yaml"), *_common(), "--build-dir", str(to)]


def deploy_command(built: Path, stack: str, parameters: Mapping[str, str]) -> list[str]:
    """Return the command that makes or updates a stack of what was built."""
    return [
        *(str(SAM), "deploy", "--template-file", str(built / "template.yaml"), *_common()),
        *("--stack-name", stack, "--no-confirm-changeset", "--no-progressbar"),
        *("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())),
    ]


def environment(python: str, aws: Mapping[str, str]) -> dict[str, str]:
    """Return what SAM and the makefiles need: a Python with pip, packages for this machine, and which AWS."""
    return {
        "PYTHON": python,
        "PYTHON313": python,  # what the makefiles call the runtime's Python: here it is the emulator's
        "PLATFORM": "local",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",  # seconds between two looks at the stack; the emulator has no limit of calls
        **aws,
    }


def _common() -> list[str]:
    return ["--config-file", str(CONFIGURATION)]
