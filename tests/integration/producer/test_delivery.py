"""The Kafka client's edge: what it holds, and what it gives back."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from producer.kafka.config import kafka_config
from producer.kafka.delivery import Delivery
from producer.message.message import Message, Messages
from producer.metrics.meter import Meter
from producer.options.settings import ProducerSettings
from producer.state.reject_file import RejectFile

_NOBODY = "127.0.0.1:1"
_MESSAGE = Message("mt-c400", b"301:T-1", b"{}", "e-1", "e-1", "00")


def _never() -> bool:
    return False


def _delivery(place: Path) -> Delivery:
    settings = ProducerSettings.from_environment({**os.environ, "KAFKA_BOOTSTRAP_SERVERS": _NOBODY})
    rejects = RejectFile(lambda: place / "rejected.jsonl", lambda: "")
    return Delivery(kafka_config(settings), Meter(0.0), None, rejects, 10.0, time.monotonic)


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_only_messages_count_as_held(tmp_path: Path) -> None:
    """What the client has to say of itself (a broker that is away, statistics) is no message that could be lost."""
    delivery = _delivery(tmp_path)
    _until(lambda: len(delivery._client) > 0)
    assert len(delivery) == 0
    delivery.send(Messages.of([_MESSAGE] * 3), None, _never)
    assert len(delivery) == 3


def test_all_that_is_held_is_given_back_in_order(tmp_path: Path) -> None:
    """Without a broker: every message of every batch, as it was sent, and then nothing is held."""
    delivery = _delivery(tmp_path)
    sent = [_MESSAGE._replace(value=b"%d" % number, event_id=f"e-{number}") for number in range(50)]
    settled: list[int] = []
    for start in range(0, 50, 10):
        batch = Messages.of(sent[start : start + 10])
        delivery.send(batch, partial(settled.append, start), _never)
    kept: list[Message] = []
    delivery.take_back(kept.extend)
    assert kept == sent
    assert len(delivery) == 0
    assert settled == [0, 10, 20, 30, 40]


def test_a_message_too_large_for_the_client_is_rejected(tmp_path: Path) -> None:
    """It goes to the reject file at once; those around it are held for the broker."""
    delivery = _delivery(tmp_path)
    large = _MESSAGE._replace(value=b"x" * 2_000_000)
    delivery.send(Messages.of([_MESSAGE, large, _MESSAGE]), None, _never)
    assert len(delivery) == 2
    kept: list[Message] = []
    delivery.take_back(kept.extend)
    assert kept == [_MESSAGE, _MESSAGE]
    assert (tmp_path / "rejected.jsonl").exists()
