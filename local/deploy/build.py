"""Where a run builds with SAM: a folder of its own, so that nothing is left elsewhere when the run is stopped."""

from collections.abc import Mapping
from pathlib import Path

from local.aws.artifact import without_metric_math


class BuildPlace:
    """The folder `sam` of a run, and what SAM's commands need."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        """Make the place for SAM's temporary files, which it leaves behind when it is stopped."""
        scratch = root / "tmp"
        scratch.mkdir(exist_ok=True)
        self.built = root / "sam"
        """What is built."""
        self.environment = {**environment, "TMPDIR": str(scratch)}
        """What the commands run with."""

    def leave_out_refused(self) -> list[str]:
        """Take out of the built template what the emulator refuses; return the names."""
        template = self.built / "template.yaml"
        body, refused = without_metric_math(template.read_text(encoding="utf-8"))
        template.write_text(body, encoding="utf-8")
        return refused
