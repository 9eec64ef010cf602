"""Serves librdkafka's mock cluster to other processes: the embedded broker's own process. Run as a file.

Speaks lines with its user: writes its bootstrap address first, and for each `TOPIC PARTITIONS` that it reads, `ok` or
the error. Ends when its standard input does. The calls are those of rdkafka_mock.h, found in the library that
confluent-kafka brings along.
"""

import ctypes
import signal
import sys
from typing import Any

from confluent_kafka import cimpl

_PRODUCER = 0  # rd_kafka_type_t
_REPLICAS = 1
# librdkafka: error codes below 0 are its own, from 0 on the protocol's; 36 is TOPIC_ALREADY_EXISTS.
_NO_ERROR, _TOPIC_EXISTS = 0, 36
# The broker's group.initial.rebalance.delay.ms: enough for consumers that start together to be assigned together.
_FIRST_REBALANCE_MS = 100


class MockCluster:
    """One broker on a free loopback port, which keeps about 5 MB a partition (see `local.kafka.retention`)."""

    def __init__(self) -> None:
        # The extension module is linked to its own librdkafka, so that looking a name up in it finds the library's.
        library = ctypes.CDLL(cimpl.__file__)

        def function(name: str, result: Any, *arguments: Any) -> Any:
            found = getattr(library, name)
            found.restype, found.argtypes = result, arguments
            return found

        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        conf = function("rd_kafka_conf_new", pointer)()
        set_option = function("rd_kafka_conf_set", number, pointer, text, text, text, ctypes.c_size_t)
        error = ctypes.create_string_buffer(256)
        # The client that carries the cluster has no broker of its own, and would say so.
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
        """Makes the topic unless it exists; returns `ok` or librdkafka's word for what went wrong."""
        code = self._create(self._cluster, topic.encode(), partitions, _REPLICAS)
        if code in (_NO_ERROR, _TOPIC_EXISTS):
            return "ok"
        return str(self._explain(code).decode())


def main() -> None:
    """Serves till standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the user, who lets go when done
    cluster = MockCluster()
    sys.stdout.write(f"{cluster.bootstrap}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        topic, partitions = line.split()
        sys.stdout.write(f"{cluster.create(topic, int(partitions))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
