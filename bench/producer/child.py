"""Measures one run of the whole pipeline: source, builder, resolvers, delivery, with every metric on.

The rate counts acknowledged messages, from the first message to the last acknowledgement.
"""

import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from threading import Event

from bench.producer.measure import Usage
from comboio.host.disk import Disk, SystemCalls
from producer.host.failure_log import FailureLog
from producer.main import collect_rarely
from producer.metrics.reporting import reporting
from producer.options.settings import ProducerSettings
from producer.run import Controls
from producer.service import run


def main() -> None:
    """Run as the environment says, and print the figures."""
    collect_rarely()
    with tempfile.TemporaryDirectory() as directory, Path(os.devnull).open("w") as nowhere:
        settings = ProducerSettings.from_environment(
            {
                **os.environ,
                "PRODUCER_STATE_DIR": directory,
                "PRODUCER_METRICS_PORT": "0",
                "PRODUCER_EMF_AGENT": "127.0.0.1:25888",
            }
        )
        usage: list[Usage] = []

        def alive() -> None:
            """Start the clock at the first sign of life, which comes with the first message."""
            if not usage:
                usage.append(Usage())

        with reporting(settings, nowhere, Disk(SystemCalls()), FailureLog(time.monotonic), lambda _: None) as report:
            total = run(settings, Controls(Event(), report, alive=alive))
    sys.stdout.write(json.dumps({**usage[0].figures(total.acked), "ack_ms": total.ack_ms}) + "\n")
    gc.enable()


if __name__ == "__main__":
    main()
