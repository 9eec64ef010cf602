"""`make plan-validate`: runs the demo in pairs, learns from the slower ones what a batch takes, predicts the others."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.plan.by_process import ByProcess
from bench.plan.demo_world import Run, calibrate, mean, measured, predicted
from bench.plan.history import read
from bench.plan.processor import cores_available, snapshot
from local.demo.proof.paths import Paths
from local.errors import LocalError
from local.progress import to_stderr

OUT = Path("build/plan")
"""Where validation.json goes, and the files of both runs."""

AIM = 0.15
"""How far off a figure may be."""


def main() -> None:
    """Run, predict, compare and write; exit with status 1 if a figure is further off than the aim."""
    rate = int(os.environ.get("RATE", "8000"))
    first = int(os.environ.get("CALIBRATE", str(rate // 2)))
    duration = int(os.environ.get("DURATION", "20"))
    loads, before, after = [os.getloadavg()], [], []
    for number in range(int(os.environ.get("RUNS", "3"))):
        before.append(_demo(first, duration, number))
        after.append(_demo(rate, duration, number))
        loads.append(os.getloadavg())
    learnt = calibrate(before)
    said = [predicted(rate, run.history.last_ack, learnt, run.cores) for run in after]
    was = [measured(run.history) for run in after]
    error = {name: round(value, 3) for name, value in mean(said).error(mean(was)).items()}
    result: dict[str, Any] = {
        "error": error,
        "predicted": _rounded(asdict(mean(said))),
        "measured": _rounded(asdict(mean(was))),
        "runs": [
            {"predicted": _rounded(asdict(one)), "measured": _rounded(asdict(other))}
            for one, other in zip(said, was, strict=True)
        ],
        "calibration": {"rate": first, **asdict(learnt)},
        "rate": rate,
        "duration_s": duration,
        "cores": os.cpu_count(),
        "cores_available": [[round(run.cores, 2) for run in runs] for runs in (before, after)],
        "load_averages": [round(load[0], 1) for load in loads],
        "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "validation.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    raise SystemExit(max(error.values()) > AIM)


def _demo(rate: int, duration: int, number: int) -> Run:
    """Run the demo, keep its files, and read them; return too what its processes took, and the cores it could have.

    Raises:
        LocalError: it could not be run.
    """
    to_stderr(f"The demo at {rate:,}/s for {duration} s, run {number + 1}")
    environ = {**os.environ, "RATE": str(rate), "DURATION": str(duration)}
    began = snapshot()
    demo = subprocess.Popen([sys.executable, "-m", "local.demo"], env=environ, stdout=subprocess.DEVNULL)
    with ByProcess(demo.pid) as processes:
        status = demo.wait()
    cores = cores_available(began, snapshot())
    if status not in (0, 1):  # 1 is a run that is not sound, which says nothing against its times
        raise LocalError(f"The demo at {rate:,}/s ended with status {status}; see {Paths().root}/report.md.")
    kept = OUT / "runs" / f"{rate}-{number}"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(Paths().root, kept)
    (kept / "processes.json").write_text(json.dumps([asdict(look) for look in processes.looks]), encoding="utf-8")
    return Run(read(kept), processes.looks, cores)


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in figures.items()}


if __name__ == "__main__":
    try:
        main()
    except LocalError as error:
        sys.exit(str(error))
