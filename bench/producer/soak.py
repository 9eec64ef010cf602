"""Soaks the producer: `make soak` produces for ten minutes, watches the memory, and writes build/bench/soak.json.

SOAK_S: seconds (600); SOAK_RATE: messages a second (2000); KAFKA: embedded, apache or host:port (embedded).
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from local.errors import LocalError
from local.kafka import TOPICS, broker

_OUT = Path("build/bench/soak.json")
"""Where the result goes."""
_SAMPLE_S = 1.0
"""Seconds between two looks at the memory."""
_GROWTH_ALLOWED = 1.05
"""A rise of up to 5% is noise."""
_NOISE_MB = 4.0
"""A rise below this is the allocator's; a leak of 100 bytes a message is 120 MB in a default soak."""


def grown(samples_mb: list[float]) -> tuple[float, float, bool]:
    """Return the medians of the second and the last quarter (MB), and whether memory has grown between them.

    The first quarter is start and warm-up.
    """
    quarter = max(len(samples_mb) // 4, 1)
    early, late = statistics.median(samples_mb[quarter : 2 * quarter]), statistics.median(samples_mb[-quarter:])
    return early, late, late > max(early * _GROWTH_ALLOWED, early + _NOISE_MB)


def main() -> int:
    """Run the soak; return 1 if a message was lost or memory has grown."""
    seconds, rate = float(os.environ.get("SOAK_S", "600")), os.environ.get("SOAK_RATE", "2000")
    with (
        broker(os.environ.get("KAFKA", "embedded"), TOPICS) as kafka,
        tempfile.TemporaryDirectory(prefix="comboio-soak-") as scratch,
    ):
        stats = Path(scratch) / "stats.jsonl"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PRODUCER_")}
        environ |= {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "PRODUCER_RATE": rate,
            "PRODUCER_DURATION": str(seconds),
            "PRODUCER_STATS_FILE": str(stats),
            "PRODUCER_STATE_DIR": str(Path(scratch) / "state"),
        }
        process = subprocess.Popen([sys.executable, "-m", "producer"], env=environ)
        samples = []
        while process.poll() is None:
            if memory := _resident_mb(process.pid):
                samples.append(memory)
            time.sleep(_SAMPLE_S)
        final = json.loads(stats.read_text().splitlines()[-1])
    early, late, has_grown = grown(samples)
    result = {
        "seconds": seconds,
        "broker": kafka.description,
        **{name: final[name] for name in ("produced", "acked", "errors", "spooled", "queue", "ack_ms")},
        "memory_mb": {"second_quarter": early, "last_quarter": late, "peak": max(samples)},
        "flat": not has_grown,
    }
    _OUT.parent.mkdir(parents=True, exist_ok=True)
    _OUT.write_text(json.dumps(result, indent=2) + "\n")
    sys.stderr.write(json.dumps(result, indent=2) + "\n")
    return int(has_grown or process.returncode != 0 or final["acked"] != final["produced"])


def _resident_mb(pid: int) -> float:
    done = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - a pid of ours
    return round(int(done.stdout.strip() or 0) / 1024, 1)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalError as error:
        sys.exit(str(error))
