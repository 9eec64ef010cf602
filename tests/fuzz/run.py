"""Runs the fuzzer on a target, and reads what it came to from its own figures."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.known import target

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "fuzz"
"""Each target's inputs that reached new code (a later run goes on with them), and inputs that broke a promise."""

ATHERIS = ROOT / ".tools" / "fuzz"

FIGURES = re.compile(r"#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)/")
"""A line of libFuzzer: inputs so far, edges of the code, features, inputs that are kept."""

HANGS_S = 60
"""Seconds after which libFuzzer ends an input that does not end."""

MOST_MEMORY_MB = 2_048


@dataclass(slots=True)
class Result:
    """What fuzzing a target came to."""

    name: str
    executions: int = 0
    edges: int = 0
    corpus: int = 0
    duration_s: float = 0.0
    load: float = 0.0
    """Of the machine, at the end."""
    finding: str = ""
    """The file with the input that broke a promise."""
    said: str = ""
    """The error, if there is one."""

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.finding or self.said)


def fuzz(name: str, seconds: float, watch: Callable[[Result], None]) -> Result:
    """Fuzz a target for some seconds or until its first finding; `watch` is told how far it is."""
    corpus, findings, seeds = (PLACE / part / name for part in ("corpus", "findings", "seeds"))
    for folder in (corpus, findings, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    chosen = target(name)
    for number, seed in enumerate(chosen.seeds):
        (seeds / str(number)).write_bytes(seed)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.one_target",
        name,
        str(corpus),
        str(seeds),
        f"-max_total_time={max(1, round(seconds))}",
        f"-max_len={chosen.most_bytes}",
        f"-timeout={HANGS_S}",
        f"-rss_limit_mb={MOST_MEMORY_MB}",
        f"-artifact_prefix={findings}/",
    ]
    before, began = set(findings.iterdir()), time.monotonic()
    result = Result(name)
    lines: list[str] = []
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        env=_environment(name),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        for line in _lines(process):
            lines = [*lines[-80:], line]
            if found := FIGURES.search(line):
                result.executions, result.edges, result.corpus = int(found[1]), int(found[2]), int(found[4])
            result.duration_s = round(time.monotonic() - began, 1)
            watch(result)
        status = process.wait()
    finally:
        process.kill()
        process.wait()
    result.duration_s = round(time.monotonic() - began, 1)
    result.load = round(os.getloadavg()[0], 1)
    # What it keeps as slow took seconds of a busy machine's clock, and nothing ended for it.
    new = sorted(each for each in set(findings.iterdir()) - before if not each.name.startswith("slow-unit"))
    result.finding = str(new[0].relative_to(ROOT)) if new else ""
    result.said = _error(lines) if new or status else ""
    return result


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    if process.stdout is not None:
        yield from process.stdout


def _environment(name: str) -> dict[str, str]:
    path = (ROOT, ROOT / "layers" / "comboio", ROOT / "functions", ATHERIS)
    temporary = (
        PLACE / "tmp" / name
    )  # libFuzzer ends a process without a word, so what it leaves behind is overwritten here
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "TMPDIR": str(temporary)}


def _error(lines: list[str]) -> str:
    """Return the traceback of the error, or the last lines where the fuzzer itself ended it."""
    start = next((number for number, line in enumerate(lines) if "Uncaught Python exception" in line), None)
    kept = lines[-20:] if start is None else lines[start + 1 :]
    end = next((number for number, line in enumerate(kept) if line.startswith("==")), len(kept))
    return "".join(kept[:end] or kept).strip()
