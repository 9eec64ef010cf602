"""librdkafka's own mock cluster in a child process: a broker that can be told to misbehave.

It runs the broker side of a library that the client ships with, so that no broker needs to be installed.
Run as a program with topics as arguments (`name:partitions`); it prints its address, and ends with its parent.
It takes commands on standard input, one a line: `down`, `up`, `rtt <ms>` (before each
answer), `fail <code> <times>` (Produce requests), `mend` (no more of these failures).
"""

import ctypes
import sys
from pathlib import Path

import confluent_kafka

_PRODUCE = 0
_BROKER = 1


def _library() -> ctypes.CDLL:
    beside = Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs"
    inside = Path(confluent_kafka.__file__).parent / ".dylibs"
    found = [*beside.glob("librdkafka-*.so*"), *inside.glob("librdkafka*.dylib")]
    library = ctypes.CDLL(str(found[0]))
    library.rd_kafka_conf_new.restype = ctypes.c_void_p
    library.rd_kafka_new.restype = ctypes.c_void_p
    library.rd_kafka_new.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    library.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_new.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    library.rd_kafka_mock_cluster_bootstraps.argtypes = [ctypes.c_void_p]
    library.rd_kafka_mock_topic_create.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
    library.rd_kafka_mock_broker_set_down.argtypes = [ctypes.c_void_p, ctypes.c_int32]
    library.rd_kafka_mock_broker_set_up.argtypes = [ctypes.c_void_p, ctypes.c_int32]
    return library


def main(topics: list[str]) -> None:
    """Serve until standard input ends."""
    library = _library()
    client = library.rd_kafka_new(0, library.rd_kafka_conf_new(), ctypes.create_string_buffer(512), 512)
    cluster = library.rd_kafka_mock_cluster_new(client, 1)
    for topic in topics:
        name, _, partitions = topic.partition(":")
        library.rd_kafka_mock_topic_create(cluster, name.encode(), int(partitions), 1)
    sys.stdout.write(library.rd_kafka_mock_cluster_bootstraps(cluster).decode() + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "down":
            library.rd_kafka_mock_broker_set_down(cluster, _BROKER)
        elif command == "up":
            library.rd_kafka_mock_broker_set_up(cluster, _BROKER)
        elif command == "mend":
            library.rd_kafka_mock_clear_request_errors(ctypes.c_void_p(cluster), ctypes.c_int16(_PRODUCE))
        elif command == "rtt":
            library.rd_kafka_mock_broker_set_rtt(
                ctypes.c_void_p(cluster), ctypes.c_int32(_BROKER), ctypes.c_int(int(arguments[0]))
            )
        elif command == "fail":
            code, times = int(arguments[0]), int(arguments[1])
            library.rd_kafka_mock_push_request_errors(
                ctypes.c_void_p(cluster),
                ctypes.c_int16(_PRODUCE),
                ctypes.c_size_t(times),
                *[ctypes.c_int(code)] * times,
            )
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
