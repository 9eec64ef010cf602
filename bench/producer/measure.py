"""Measures what a process uses."""

import resource
import time


class Usage:
    """Measures CPU and memory of this process, with all threads of the Kafka client, from now on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._cpu = time.process_time()

    def figures(self, messages: int) -> dict[str, float]:
        """Return rate, cores and CPU microseconds a message for `messages` messages; peak resident memory in MB."""
        wall, cpu = time.monotonic() - self._began, time.process_time() - self._cpu
        peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "msgs_per_s": round(messages / wall, 1),
            "cores": round(cpu / wall, 3),
            "us_per_msg_cpu": round(cpu / max(messages, 1) * 1e6, 2),
            "memory_mb": round(peak_kb / 1024, 1),
        }
