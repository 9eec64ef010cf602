"""Kafka and AWS together: `with Stack() as stack`, or `python -m local.stack` until Ctrl-C."""

import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from comboio.settings import SettingsError
from local.aws import Aws, DeployedFunction, Deployment, deploy, emulator
from local.aws.attach import Running, announce, withdraw
from local.aws.deployment import TEMPLATE
from local.errors import LocalError, stop_for
from local.kafka import TOPICS, Kafka, broker
from local.progress import Progress, silence, to_stderr
from local.settings import LocalSettings
from local.usage import explain


class Stack:
    """The local stack for the length of a `with` block: on loopback only, and gone afterwards.

    Attributes:
        kafka: the cluster; set on entry.
        aws: the AWS endpoint; set on entry.
        deployment: what template.yaml made; set on entry.
    """

    kafka: Kafka
    aws: Aws
    deployment: Deployment

    def __init__(
        self,
        settings: LocalSettings | None = None,
        topics: Mapping[str, int] = TOPICS,
        template: Path = TEMPLATE,
        progress: Progress = silence,
    ) -> None:
        """Choose what to start; `with` starts it.

        Args:
            settings: which Kafka and which ports; the defaults if None.
            topics: partitions by topic.
            template: the template to deploy.
            progress: called with each step.
        """
        self._settings = settings or LocalSettings()
        self._topics = topics
        self._template = template
        self._progress = progress
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start both.

        Raises:
            LocalError: one of them did not start; nothing keeps running.
        """
        settings, progress = self._settings, self._progress
        with ExitStack() as starting:
            self.kafka = starting.enter_context(
                broker(settings.kafka, self._topics, port=settings.kafka_port, progress=progress)
            )
            progress(f"Kafka is up at {self.kafka.bootstrap} ({self.kafka.description})")
            self.aws = starting.enter_context(emulator(settings.aws_port, progress))
            self.deployment = deploy(self.aws, self._template)
            made = f"{len(self.deployment.resources)} resources of {self._template.name}"
            progress(f"AWS is up at {self.aws.endpoint}, with {made}")
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._running.close()

    def environment(self, logical_id: str) -> dict[str, str]:
        """Return the environment of a function of the template, for its handler to run in this process."""
        return self.deployment.environment(logical_id)

    def function(self, logical_id: str) -> DeployedFunction:
        """Return a function as the template describes it: handler, timeout, memory, environment."""
        return self.deployment.function(logical_id)


def main() -> None:
    """Run the stack until Ctrl-C; print `NAME=value` lines that a shell can export."""
    explain(
        "local.stack", "Runs Kafka and AWS on this machine until Ctrl-C, and prints their endpoints.", LocalSettings
    )
    asked_to_stop = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: asked_to_stop.set())
    try:
        with Stack(LocalSettings.from_environment(), progress=to_stderr) as stack:
            endpoints = {
                "KAFKA_BOOTSTRAP_SERVERS": stack.kafka.bootstrap,
                # The dispatcher serves this cluster only, so a consumer has to say that its records are of it.
                "CONSUMER_EVENT_SOURCE_ARN": stack.deployment.parameters["MskClusterArn"],
                **stack.environment("DispatcherFunction"),
            }
            sys.stdout.write("".join(f"{name}={value}\n" for name, value in endpoints.items()))
            sys.stdout.flush()
            announce(Running(stack.aws.endpoint, stack.kafka.bootstrap))
            to_stderr("Ctrl-C stops both.")
            asked_to_stop.wait()
    except (LocalError, SettingsError) as error:
        stop_for(error)
    finally:
        withdraw()


if __name__ == "__main__":
    main()
