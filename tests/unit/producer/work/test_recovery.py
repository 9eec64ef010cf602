"""The way into the spool and out of it: what was safe stays until its successor is acknowledged or as safe."""

from pathlib import Path

import pytest

from producer.host.disk import Disk
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


def _spool(path: Path, calls: FaultyCalls) -> Spool:
    return Spool(lambda: path, Disk(calls), failure_log())


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
