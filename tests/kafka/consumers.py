"""The consumers: two of the real ones, of one group, each with the real dispatcher as its function."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from local.demo.processes import Processes
from local.errors import LocalError
from tests.kafka.destination import TABLE
from tests.kafka.history import MADE_AGAIN, Began, Handled

BEGINS = re.compile(r"^(assigned) \[|^'?\S+?'? (went back|" + MADE_AGAIN + ")")
"""What a consumer logs when it begins in partitions, or begins anew."""

PARTITION = re.compile(r"[\w.-]+-\d+")
"""A partition's name in such a line."""

FUNCTION_TIMEOUT_S, MARGIN_S = 10, 3
"""Shorter than deployed: who is frozen or killed keeps its partitions in the ledger until then, and a run is short."""


class Consumers:
    """Consumers by name, each started once."""

    def __init__(
        self,
        processes: Processes,
        folder: Path,
        bootstrap: str,
        topic: str,
        session_s: int,
        function: Mapping[str, str],
    ) -> None:
        """Take the environment of the function, as it is deployed."""
        self._processes = processes
        self._folder = folder
        self._topic = topic
        self.group = f"group-{topic}"
        self._table = folder / "routes.toml"
        self._environ = {
            **function,
            "DISPATCHER_ROUTES_FILE": str(self._table),
            "DISPATCHER_MARGIN_S": str(MARGIN_S),
            "POWERTOOLS_METRICS_DISABLED": "true",
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "CONSUMER_TOPICS": topic,
            "CONSUMER_GROUP_ID": self.group,
            "CONSUMER_FUNCTION": "dispatcher.handler:handler",
            "CONSUMER_FUNCTION_TIMEOUT_S": str(FUNCTION_TIMEOUT_S),
            "CONSUMER_BATCH_WINDOW_S": "0.2",
            "CONSUMER_SESSION_TIMEOUT_S": str(session_s),
        }
        self._names: list[str] = []

    def start(self, *names: str) -> None:
        """Start them; a name is used once."""
        self._table.write_text(TABLE, encoding="utf-8")
        for name in names:
            self._names.append(name)
            own = {
                "HANDLED": str(self._file("handled", name)),
                "CONSUMER_JOURNAL": str(self._file("journal", name)),
                "CONSUMER_STATS_FILE": str(self._file("stats", name)),
            }
            self._processes.start(self._process(name), "consumer", {**self._environ, **own}, self._log(name))

    def stop(self) -> None:
        """End those that run, as an operator does.

        Raises:
            LocalError: one ended otherwise.
        """
        running = self._processes.names()
        for name in self._names:
            if self._process(name) in running and (status := self._processes.stop(self._process(name), 60)):
                raise LocalError(f"The consumer {name} ended with status {status}, see {self._log(name)}.")

    def signal(self, number: int) -> None:
        """Send all that run a signal: SIGSTOP freezes them, SIGCONT lets them go on."""
        for name in self._names:
            if self._process(name) in self._processes.names():
                self._processes.signal(self._process(name), number)

    def kill(self, name: str) -> None:
        """End one without a chance to commit or to leave the group."""
        self._processes.kill(self._process(name))

    def count(self) -> int:
        """Return how many records the destination has by now, copies among them."""
        files = [self._file("handled", name) for name in self._names]
        return sum(path.read_bytes().count(b"\n") for path in files if path.exists())

    def handled(self) -> list[Handled]:
        """Return what the destination has, with copies; a line that was cut off by a kill is none."""
        return [
            Handled(event, partition, offset, key, sequence, name, at_ms)
            for name in self._names
            for event, partition, offset, key, sequence, at_ms in _lines(self._file("handled", name))
        ]

    def began(self) -> list[Began]:
        """Return where and when they began, or began anew, as their logs say."""
        return [
            Began(partition, _epoch_ms(line["timestamp"]), name, how[1] or how[2])
            for name in self._names
            for line in _lines(self._log(name))
            if (how := BEGINS.match(str(line.get("message", ""))))
            for partition in PARTITION.findall(str(line["message"]))
        ]

    def left_out(self) -> int:
        """Return how many records came again and were known to the dispatcher's ledger."""
        batches = (line for name in self._names for line in _lines(self._log(name)) if line.get("message") == "batch")
        return sum(int(line["outcomes"]["duplicate"]) for line in batches)

    def warnings(self) -> list[str]:
        """Return what they logged above the ordinary, a line each."""
        return [
            f"{name}: {line['message']}"
            for name in self._names
            for line in _lines(self._log(name))
            if line.get("level") in ("WARNING", "ERROR")
        ]

    def _process(self, name: str) -> str:
        return f"consumer {self._topic} {name}"

    def _log(self, name: str) -> Path:
        return self._folder / f"consumer-{name}.log"

    def _file(self, what: str, name: str) -> Path:
        return self._folder / f"consumer-{what}-{name}"


def _lines(path: Path) -> Iterator[Any]:
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else ():
        if line.startswith(("{", "[")) and line.endswith("\n"):
            yield json.loads(line)


def _epoch_ms(timestamp: str) -> float:
    return datetime.strptime(timestamp, "%Y-%m-%d %H:%M:%S,%f%z").timestamp() * 1000
