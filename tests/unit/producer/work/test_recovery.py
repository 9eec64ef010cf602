"""The way into the spool and out of it: what was safe stays until its successor is acknowledged or as safe."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from comboio.host.disk import Disk
from producer.kafka.config import kafka_config
from producer.kafka.delivery import KafkaDelivery
from producer.message.message import OutgoingMessage
from producer.metrics.meter import Meter
from producer.options.settings import ProducerSettings
from producer.state.reject_file import RejectFile
from producer.state.spool import Spool
from producer.work.recovery import Recovery
from producer.work.throttle import Throttle
from tests.support.fake_kafka import FakeCluster
from tests.support.faulty_disk import FaultyCalls, failure_log, sound_disk


def _spool(path: Path, calls: FaultyCalls, first: Callable[[], bool] = lambda: True) -> Spool:
    return Spool(lambda: path, Disk(calls), failure_log(), first)


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("full", [False, True])
def test_a_spool_taken_back_again_and_again_is_still_there(tmp_path: Path, full: bool) -> None:
    """With nothing in flight there is nothing to put in its place, however often a run is interrupted, and wherever."""
    calls, path = FaultyCalls(), tmp_path / "spool.jsonl"
    old = [OutgoingMessage("t", b"%d" % number, b"v", "", "", "") for number in range(3)]
    _spool(path, calls).replace(old)
    settings = ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1"})
    meter = Meter(0.0)
    rejects = RejectFile(lambda: tmp_path / "rejected", lambda: "", sound_disk(), failure_log())
    delivery = KafkaDelivery(
        kafka_config(settings), FakeCluster(up=False).connect, meter, None, rejects, 10.0, lambda: 0.0
    )
    recovery = Recovery(_spool(path, calls), delivery, Throttle(0, 0, lambda: 0.0), meter)
    calls.broken = full
    recovery.take_back()
    recovery.resend()
    recovery.take_back()
    recovery.take_back()
    recovery.finish()
    assert recovery.needed()
    assert list(_spool(path, FaultyCalls()).read()) == old


class _Looking(FaultyCalls):
    """A disk that looks, whenever the spool file goes or is replaced, whether a reject is in its file."""

    def __init__(self, rejects: Path) -> None:
        super().__init__()
        self.found: list[bool] = []
        self._rejects = rejects

    def remove(self, path: Path) -> None:
        self._look()
        super().remove(path)

    def rename(self, old: Path, new: Path) -> None:
        self._look()
        super().rename(old, new)

    def _look(self) -> None:
        self.found.append(self._rejects.exists() and '"text": "bad"' in self._rejects.read_text())


@pytest.mark.robustness("messages that Kafka refuses")
def test_what_kafka_refuses_of_a_spool_is_in_the_reject_file_before_the_spool_forgets_it(tmp_path: Path) -> None:
    """A producer that is killed in between would have it nowhere, and its source has forgotten it long since."""
    path, looking = tmp_path / "spool.jsonl", _Looking(tmp_path / "rejected")
    _spool(path, FaultyCalls()).replace([OutgoingMessage("t", b"k", value, "", "", "") for value in (b"a", b"bad")])
    meter = Meter(0.0)
    rejects = RejectFile(lambda: tmp_path / "rejected", lambda: "", sound_disk(), failure_log())
    cluster = FakeCluster(refuses=lambda value: value == b"bad")
    settings = ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1"})
    delivery = KafkaDelivery(kafka_config(settings), cluster.connect, meter, None, rejects, 10.0, lambda: 0.0)
    recovery = Recovery(_spool(path, looking, rejects.flush), delivery, Throttle(0, 0, lambda: 0.0), meter)
    recovery.resend()(Event())
    recovery.take_back()  # one of them is invalid: each is sent alone from now on
    looking.found.clear()
    recovery.resend()(Event())
    assert recovery.complete()
    assert (looking.found, len(rejects), path.exists()) == ([True], 0, False)
    assert [value for _, _, value in cluster.written] == [b"a"]
