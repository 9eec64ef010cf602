"""The demo's consumers: processes that feed the deployed handler from Kafka, some with faults of their own."""

import json
import time
from collections.abc import Mapping
from types import MappingProxyType

from local.demo.function_place import FUNCTION_TIMEOUT_S, Functions
from local.demo.processes import Processes
from local.demo.proof.figures import FigureFiles
from local.demo.proof.paths import Paths
from local.errors import LocalError
from local.kafka import TOPICS
from local.stack import Stack

GROUP = "comboio-demo"
"""Their consumer group."""

ASSIGNED_WITHIN_S = 60.0
"""Seconds for the group to assign every partition; a loaded machine needs some of them."""

_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


class Consumers:
    """Starts consumers by name."""

    def __init__(
        self, stack: Stack, functions: Functions, processes: Processes, paths: Paths, figures: FigureFiles
    ) -> None:
        self._stack = stack
        self._functions = functions
        self._processes = processes
        self._paths = paths
        self._figures = figures

    def start(self, name: str, *, crashes: bool = False, options: Mapping[str, str] = _NO_OPTIONS) -> None:
        """Start a consumer and its function, which crashes when it is told to if `crashes`."""
        paths = self._paths
        function = {
            **self._stack.environment("DispatcherFunction"),
            "DISPATCHER_ROUTES_FILE": str(paths.routes),
            "DISPATCHER_MARGIN_S": "1.5",
            "DISPATCHER_CALL_TIMEOUT_S": "1",
            "LOG_LEVEL": "WARNING",
            "DEMO_NAME": name,
            "DEMO_CRASHES": "yes" if crashes else "no",
        }
        environ = {
            **self._functions.start(function, self._stack.function("DispatcherFunction").memory_mb),
            "KAFKA_BOOTSTRAP_SERVERS": self._stack.kafka.bootstrap,
            "CONSUMER_EVENT_SOURCE_ARN": self._stack.deployment.parameters["MskClusterArn"],
            "CONSUMER_TOPICS": ",".join(TOPICS),
            "CONSUMER_GROUP_ID": GROUP,
            "CONSUMER_FUNCTION_TIMEOUT_S": str(FUNCTION_TIMEOUT_S),
            "CONSUMER_BATCH_SIZE": "10000",
            "CONSUMER_BATCH_WINDOW_S": "0.75",
            "CONSUMER_BACKOFF_CAP_S": "1",
            "CONSUMER_CLIENT_OPTIONS": self._stack.kafka.consumer_options,
            "CONSUMER_SESSION_TIMEOUT_S": str(self._stack.kafka.session_timeout_ms / 1000),
            "CONSUMER_JOURNAL": str(paths.journal(name)),
            "CONSUMER_STATS_FILE": str(paths.consumer_stats(name)),
            "LOG_LEVEL": "WARNING",
            **options,
        }
        self._processes.start(f"consumer {name}", "consumer", environ, paths.log(f"consumer-{name}"))
        self._figures.add_consumer(paths.batches(name), paths.consumer_stats(name))

    def kill(self, name: str) -> None:
        """End a consumer without a chance to leave the group."""
        self._processes.kill(f"consumer {name}")

    def wait_for_assignment(self, names: tuple[str, ...]) -> None:
        """Return once every partition is assigned and each of these consumers has some.

        Raises:
            LocalError: it takes too long.
        """
        deadline = time.monotonic() + ASSIGNED_WITHIN_S
        owned = dict.fromkeys(names, 0)
        while sum(owned.values()) < sum(TOPICS.values()) or not all(owned.values()):
            self._processes.check()
            if time.monotonic() > deadline:
                raise LocalError(
                    f"The consumers had {owned} of {sum(TOPICS.values())} partitions after {ASSIGNED_WITHIN_S:.0f} s. "
                    f"See {self._paths.log(f'consumer-{names[0]}')}."
                )
            owned = {name: self._owned(name) for name in names}
            time.sleep(0.1)

    def _owned(self, name: str) -> int:
        path = self._paths.consumer_stats(name)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found: int = json.loads(lines[-1])["owned"] if lines else 0
        return found
