"""Breakages of a producer that can be planted, to prove that its simulation finds what it is for."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from comboio.host.disk import Disk
from producer.kafka.batch import SentBatch
from producer.kafka.delivery import KafkaDelivery
from producer.kafka.in_flight import InFlight
from producer.state.spool import Spool
from producer.stores import Stores
from producer.work.recovery import Recovery

Put = Callable[[object, str, object], None]
"""Puts something in the place of what has a name, for a while."""


def _settled_when_sent(put: Put) -> None:
    """Let a source forget lines as soon as the client has them."""
    begin = InFlight.begin

    def begin_settled(self: InFlight, messages: Any, now: float, settled: Callable[[], None] | None) -> SentBatch:
        if settled:
            settled()
        return begin(self, messages, now, None)

    put(InFlight, "begin", begin_settled)


def _spool_cleared_when_sent(put: Put) -> None:
    """Let the spool go once the client has its messages."""
    resend = Recovery.resend

    def resend_and_clear(self: Recovery) -> Any:
        job = resend(self)
        self._spool.clear()
        return job

    put(Recovery, "resend", resend_and_clear)


def _spool_before_rejects(put: Put) -> None:
    """Let the spool forget what was refused before the reject file has it."""
    put(Spool, "save", lambda self: self.saved or self._write(self._messages))


def _progress_before_rejects(put: Put) -> None:
    """Let a file's progress pass lines whose rejects are in memory."""
    put(Stores, "save", lambda self: all((self.spool.save(), self.progress.save(), self.rejects.flush())))


def _doubt_is_delivered(put: Put) -> None:
    """Let messages that a client does not account for count as delivered."""
    taken_back = InFlight.take_back

    def take_back(self: InFlight) -> Any:
        for batch in self._open:
            batch.left = sum(number == batch.number for number, _ in self._returned)
        return taken_back(self)

    put(InFlight, "take_back", take_back)


def _late_failures_count(put: Put) -> None:
    """Count what a client says of batches that were taken back."""
    put(InFlight, "returned", lambda self, batch, place: self._returned.append((batch.number, place)))


def _new_before_spooled(put: Put) -> None:
    """Let new lines go before what was spooled."""
    put(Recovery, "needed", lambda self: len(self._spool) > 0 and self._lent)


def _written_in_place(put: Put) -> None:
    """Write over the file that is there."""

    def replace(self: Disk, path: Path, chunks: Iterable[bytes], *, durable: bool = True) -> None:
        file = self._open(path, 0o1101, 0o600)
        try:
            for chunk in chunks:
                self._calls.write(file, memoryview(chunk))
        finally:
            self._calls.close(file)

    put(Disk, "replace", replace)


def _acknowledged_is_taken_back(put: Put) -> None:
    """Take whole batches back, whatever of them was acknowledged."""
    taken_back = InFlight.take_back

    def take_back(self: InFlight) -> Any:
        self._returned.clear()
        return taken_back(self)

    put(InFlight, "take_back", take_back)


def _end_without_the_spool(put: Put) -> None:
    """Leave what is in flight at the end of a run to itself."""
    put(Recovery, "finish", lambda _: None)


def _refused_ends_all(put: Put) -> None:
    """Refuse each message of a batch that Kafka refused."""
    failed = KafkaDelivery._failed
    put(KafkaDelivery, "_failed", lambda self, *arguments, **_: failed(self, *arguments, alone=True))


PLANTS: dict[str, Callable[[Put], None]] = {
    "settled-when-sent": _settled_when_sent,
    "spool-cleared-when-sent": _spool_cleared_when_sent,
    "spool-before-rejects": _spool_before_rejects,
    "progress-before-rejects": _progress_before_rejects,
    "doubt-is-delivered": _doubt_is_delivered,
    "late-failures-count": _late_failures_count,
    "new-before-spooled": _new_before_spooled,
    "written-in-place": _written_in_place,
    "acknowledged-is-taken-back": _acknowledged_is_taken_back,
    "end-without-the-spool": _end_without_the_spool,
    "refused-ends-all": _refused_ends_all,
}
