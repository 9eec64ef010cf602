"""Brings a mapping into a situation: topic, messages, function, the mapping's own process; and looks what it does."""

import json
import os
import shlex
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from consumer.conformance.function import Functions
from consumer.conformance.kafka import ContractError, committed, create, produce, whole
from consumer.conformance.situation import Observed, Situation

WITHIN_S = 40.0
"""Seconds until a mapping has committed all of a situation, unless the user gives it more; then it is judged by what it
did so far."""

POLL_S = 0.2
_LATER_S = 1.0
"""Seconds between messages that wait for a mapping to begin."""

_STOP_S = 20.0

WINDOW_S = 1
"""The batching window: all messages are in Kafka before the mapping starts."""


class Surroundings(NamedTuple):
    """What all situations have in common."""

    kafka: str
    """Bootstrap servers."""
    endpoint: str
    """Where the functions are invoked."""
    start: str
    """The command that runs a mapping until it gets SIGTERM."""
    folder: Path
    """For templates and logs."""
    prefix: str
    """Begins the names of topics and groups."""
    within_s: float = WITHIN_S
    """How long a mapping has in a situation."""

    def topics(self, situation: Situation) -> dict[str, int]:
        """Return the topics of a situation with their partitions."""
        name = f"{self.prefix}-{situation.name}"
        return {name: situation.partitions} | ({f"{name}-failed": 1} if situation.gives_up else {})

    def observe(self, situation: Situation, functions: Functions) -> Observed:
        """Return what a mapping does in a situation.

        Raises:
            ContractError: Kafka does not answer, or the command cannot be run.
        """
        topic, *failed = self.topics(situation)
        create(self._options, self.topics(situation))
        produce(self._options, topic, situation.messages)
        produced = Counter(f"{topic}-{message.partition}" for message in situation.messages)
        with self._mapping(situation, topic, failed) as alive:
            deadline = time.monotonic() + self.within_s
            asks = situation.later is not None
            while alive() and (asks or self._committed(topic, situation) != produced) and time.monotonic() < deadline:
                if asks and situation.later is not None:
                    produce(self._options, topic, [situation.later])
                    produced[f"{topic}-{situation.later.partition}"] += 1
                    time.sleep(_LATER_S)
                    asks = not functions.events(situation.name)
                time.sleep(POLL_S)
            time.sleep(POLL_S)  # what is invoked once too often comes at once
        return Observed(
            functions.events(situation.name),
            dict(produced),
            self._committed(topic, situation),
            whole(self._options, failed[0]) if failed else [],
            topic,
        )

    @contextmanager
    def _mapping(self, situation: Situation, topic: str, failed: list[str]) -> Iterator[Callable[[], bool]]:
        template = self.folder / f"{situation.name}.json"
        template.write_text(json.dumps(self.template(situation, topic, failed), indent=1), encoding="utf-8")
        variables = {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "MAPPING_TEMPLATE": str(template),
            "FUNCTION_ENDPOINT": self.endpoint,
            "FUNCTION_NAME": situation.name,
        }
        with (self.folder / f"{situation.name}.log").open("wb") as log:
            try:
                process = subprocess.Popen(  # noqa: S603 the command that the user names
                    shlex.split(self.start),
                    env={**os.environ, **variables},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise ContractError(f"--start {self.start!r} cannot be run: {error.strerror}.") from None
        try:
            yield lambda: process.poll() is None
        finally:
            _end(process)

    def template(self, situation: Situation, topic: str, failed: list[str]) -> dict[str, object]:
        """Return the template that declares the mapping."""
        destination = {"DestinationConfig": {"OnFailure": {"Destination": f"kafka://{failed[0]}"}}} if failed else {}
        properties = {
            "FunctionName": situation.name,
            "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": self.kafka.split(",")}},
            "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": topic},
            "Topics": [topic],
            "StartingPosition": "TRIM_HORIZON",
            "MaximumBatchingWindowInSeconds": WINDOW_S,
            "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 1},
            **destination,
            **situation.settings,
        }
        return {"Resources": {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}}

    def _committed(self, topic: str, situation: Situation) -> dict[str, int]:
        return committed(self._options, topic, topic, situation.partitions)

    @property
    def _options(self) -> dict[str, str]:
        return {"bootstrap.servers": self.kafka}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a mapping, and what its command started beside it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)  # it leads a session
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
            return
