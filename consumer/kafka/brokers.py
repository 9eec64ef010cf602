"""Which brokers the client is connected to: without any it looks like a consumer that has nothing to do."""

import json
import logging

EVERY_S = 5
"""Seconds between two looks: the client writes the statistics of all partitions for each."""

UP = "UP"
"""What the client says of a connection that works."""


class Brokers:
    """Reads the client's own statistics. `told` is its callback."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self.up: int | None = None
        """Connections that work; None before the first look."""

    def told(self, statistics: str) -> None:
        """Take the statistics, and log when the last connection is lost and when there is one again."""
        before = self.up
        self.up = sum(broker.get("state") == UP for broker in json.loads(statistics).get("brokers", {}).values())
        if not self.up and before != 0:
            self._log.warning("no broker is connected: nothing is fetched or committed until one is")
        elif self.up and before == 0:
            self._log.info("a broker is connected again")
