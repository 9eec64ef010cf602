"""Serves librdkafka's mock cluster to other processes: the embedded broker's own process. Run as a file.

It writes its bootstrap address first, and then, for each line `TOPIC PARTITIONS` that it reads, `ok` or the error. It
ends when its standard input does. The calls are those of rdkafka_mock.h, in the library that confluent-kafka bundles.
"""

import ctypes
import signal
import sys
from typing import Any

from confluent_kafka import cimpl

_PRODUCER = 0
"""A value of rd_kafka_type_t."""

REPLICAS = 1
"""The cluster has one broker."""

NO_ERROR, TOPIC_EXISTS = 0, 36
"""Error codes of the protocol; 36 is TOPIC_ALREADY_EXISTS."""

_FIRST_REBALANCE_MS = 100
"""The broker's group.initial.rebalance.delay.ms: consumers that start together are assigned together."""


class MockCluster:
    """One broker on a free loopback port, which keeps about 5 MB a partition (see `local.kafka.retention`)."""

    def __init__(self) -> None:
        # The extension module is linked to its own librdkafka, so a lookup in it finds the library's names.
        library = ctypes.CDLL(cimpl.__file__)

        def function(name: str, result: Any, *arguments: Any) -> Any:
            found = getattr(library, name)
            found.restype, found.argtypes = result, arguments
            return found

        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        conf = function("rd_kafka_conf_new", pointer)()
        set_option = function("rd_kafka_conf_set", number, pointer, text, text, text, ctypes.c_size_t)
        error = ctypes.create_string_buffer(256)
        # The client that carries the cluster has no broker of its own, and would log that.
        set_option(conf, b"log_level", b"2", error, len(error))
        client = function("rd_kafka_new", pointer, number, pointer, text, ctypes.c_size_t)(
            _PRODUCER, conf, error, len(error)
        )
        self._cluster = function("rd_kafka_mock_cluster_new", pointer, pointer, number)(client, 1)
        if not self._cluster:
            raise RuntimeError(f"librdkafka made no mock cluster: {error.value.decode()}")
        function("rd_kafka_mock_group_initial_rebalance_delay_ms", None, pointer, ctypes.c_int32)(
            self._cluster, _FIRST_REBALANCE_MS
        )
        self._create = function("rd_kafka_mock_topic_create", number, pointer, text, number, number)
        self._explain = function("rd_kafka_err2str", text, number)
        self.bootstrap: str = function("rd_kafka_mock_cluster_bootstraps", text, pointer)(self._cluster).decode()

    def create(self, topic: str, partitions: int) -> str:
        """Create the topic unless it exists; return `ok` or librdkafka's error."""
        code = self._create(self._cluster, topic.encode(), partitions, REPLICAS)
        if code in (NO_ERROR, TOPIC_EXISTS):
            return "ok"
        return str(self._explain(code).decode())


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the user, who closes standard input when done
    cluster = MockCluster()
    sys.stdout.write(f"{cluster.bootstrap}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        topic, partitions = line.split()
        sys.stdout.write(f"{cluster.create(topic, int(partitions))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
