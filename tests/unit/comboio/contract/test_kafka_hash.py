"""Keys are placed as Kafka's clients place them."""

import ctypes
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.kafka_hash import kafka_hash

KNOWN = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536, b"abc": 479470107}
"""Answers of Java's `Utils.murmur2`, from Apache Kafka's own test."""


def librdkafka() -> ctypes.CDLL:
    """Return the library that the producer places keys with."""
    found = find_spec("confluent_kafka")
    assert found is not None
    assert found.origin is not None
    libraries = sorted((Path(found.origin).parents[1] / "confluent_kafka.libs").glob("librdkafka*.so*"))
    if not libraries:
        pytest.skip("this wheel of confluent-kafka has its librdkafka elsewhere")
    return ctypes.CDLL(str(libraries[0]))


def test_java_s_own_answers() -> None:
    """The answers that Apache Kafka's test has for Java's client."""
    assert {key: kafka_hash(key) for key in KNOWN} == {key: value & 0x7FFFFFFF for key, value in KNOWN.items()}


@given(key=st.binary(min_size=1, max_size=40), partitions=st.integers(1, 5_000))
def test_librdkafka_agrees(key: bytes, partitions: int) -> None:
    """Any key lands on the partition that librdkafka's own partitioner chooses for it."""
    place = librdkafka().rd_kafka_msg_partitioner_murmur2_random
    place.restype = ctypes.c_int32
    place.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_int32,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    assert kafka_hash(key) % partitions == place(None, key, len(key), partitions, None, None)
