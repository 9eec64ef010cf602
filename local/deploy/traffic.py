"""The traffic of a run: a producer, and a consumer for each deployed mapping, which invokes the deployed function."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Self

from local.aws.emulator import Aws
from local.demo.processes import Processes
from local.demo.proof.figures import Tail
from local.demo.proof.lag import AckedEnds, Committed
from local.demo.proof.paths import Paths
from local.deploy.mappings import TopicMapping
from local.deploy.plan import STACK
from local.errors import LocalError
from local.kafka import TOPICS, Kafka
from local.kafka.retention import RetentionWatch

BAD_INPUT = "malformed=20,tombstone=5"
"""Bad messages in a minute of traffic, for the dead-letter queue."""

DRAINED_WITHIN_S = 240.0
"""Seconds from the last acknowledgement to lag 0, beyond which the run has failed."""

_FIRST_WITHIN_S = 120.0
"""Seconds until a consumer has invoked the function: groups are assigned, and a cold start."""

LOOK_EVERY_S = 1.0
"""Seconds between two looks at what the broker still keeps."""


class Traffic:
    """Runs for the length of a `with` block."""

    def __init__(
        self, kafka: Kafka, aws: Aws, paths: Paths, processes: Processes, mappings: Sequence[TopicMapping]
    ) -> None:
        self._kafka = kafka
        self._aws = aws
        self._paths = paths
        self._processes = processes
        self._mappings = mappings
        self._looked = 0.0
        self._retention = ExitStack()
        self._watches = [
            self._retention.enter_context(
                RetentionWatch(kafka.bootstrap, mapping.group, {mapping.topic: TOPICS[mapping.topic]})
            )
            for mapping in (mappings if kafka.kind == "embedded" else ())
        ]

    def start(self, rate: int) -> None:
        """Start the consumers and a producer without end, and return when the first messages have been dispatched.

        Raises:
            LocalError: a process failed, or the function answers nothing.
        """
        for mapping in self._mappings:
            environ = {
                **self._aws.environment,
                **mapping.options(STACK),
                "KAFKA_BOOTSTRAP_SERVERS": self._kafka.bootstrap,
                "CONSUMER_BACKOFF_CAP_S": "1",
                "CONSUMER_SESSION_TIMEOUT_S": str(self._kafka.session_timeout_ms / 1000),
                "CONSUMER_JOURNAL": str(self._paths.journal(mapping.topic)),
                "CONSUMER_STATS_FILE": str(self._paths.consumer_stats(mapping.topic)),
                "LOG_LEVEL": "WARNING",
            }
            self._processes.start(
                f"consumer {mapping.topic}", "consumer", environ, self._paths.log(f"consumer-{mapping.topic}")
            )
        self._produce(1, {"PRODUCER_RATE": str(rate), "PRODUCER_FAULTS": BAD_INPUT})
        deadline = time.monotonic() + _FIRST_WITHIN_S
        committed = [Tail(self._paths.consumer_stats(mapping.topic)) for mapping in self._mappings]
        while not any(line["committed_total"] for tail in committed for line in tail):
            self.look()
            if time.monotonic() > deadline:
                raise LocalError(
                    f"The deployed function has dispatched nothing within {_FIRST_WITHIN_S:.0f} s. See "
                    f"{self._paths.root}/consumer-*.log for what it answers."
                )
            time.sleep(0.1)

    def finish(self, messages: int, rate: int) -> None:
        """End the first producer, and produce what is missing of so many messages.

        Raises:
            LocalError: a process failed.
        """
        self._processes.stop("producer")
        if (missing := messages - self.lines()) > 0:
            self._produce(2, {"PRODUCER_RATE": str(rate), "PRODUCER_MESSAGES": str(missing)})
            while not self._processes.ended("producer"):
                self.look()
                time.sleep(0.1)

    def _produce(self, seed: int, options: Mapping[str, str]) -> None:
        """Start a producer; each has another seed, which makes its ids its own."""
        environ = {
            "KAFKA_BOOTSTRAP_SERVERS": self._kafka.bootstrap,
            "PRODUCER_SEED": str(seed),
            "PRODUCER_ACK_JOURNAL": str(self._paths.acknowledged),
            "PRODUCER_STATS_FILE": str(self._paths.producer_stats),
            **options,
        }
        self._processes.start("producer", "producer", environ, self._paths.log(f"producer-{seed}"))

    def look(self) -> None:
        """Check that all goes on.

        Raises:
            LocalError: a process failed, or the broker discards what was not read.
        """
        self._processes.check()
        if self._watches and time.monotonic() - self._looked > LOOK_EVERY_S:
            self._looked = time.monotonic()
            for watch in self._watches:
                watch.check()

    def lines(self) -> int:
        """Return the acknowledged messages in the producer's journal, which is up to a second behind."""
        path = self._paths.acknowledged
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def drain(self) -> float:
        """Wait until every group has committed all that was acknowledged; return the seconds that took.

        Raises:
            LocalError: it takes too long.
        """
        began, ends = time.monotonic(), AckedEnds(self._paths.acknowledged).read()
        for mapping in self._mappings:
            own = {place: end for place, end in ends.items() if place[0] == mapping.topic}
            committed = Committed(self._kafka.bootstrap, mapping.group)
            try:
                while own and committed.behind(own) != 0:
                    self.look()
                    if time.monotonic() > began + DRAINED_WITHIN_S:
                        raise LocalError(
                            f"{mapping.topic} was not dispatched within {DRAINED_WITHIN_S:.0f} s. See "
                            f"{self._paths.root}/*.log."
                        )
                    time.sleep(0.05)
            finally:
                committed.close()
        return time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._retention.close()
