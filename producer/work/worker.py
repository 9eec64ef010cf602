"""A worker: takes a batch of its source through the pipeline, pays for it, and again."""

from collections.abc import Callable

from comboio.errors import InvalidDataError
from producer.host.failure_log import FailureLog
from producer.kafka.delivery import KafkaDelivery
from producer.message.bad_input import FaultPlan, spoiled
from producer.message.stages import Stages
from producer.metrics.meter import Meter
from producer.source.reading import Reading, Source
from producer.state.reject_file import RejectFile
from producer.work.message_limit import MessageLimit
from producer.work.throttle import Throttle

IDLE_S = 0.02
"""Pause of a worker whose source has nothing just now."""

RETRY_S = 0.5
"""Pause of a worker whose source cannot be read, or whose rejects have no room."""


class Worker:
    """One source and its pipeline. Belongs to one thread at a time; after any turn another one can continue it."""

    def __init__(
        self,
        source: Source,
        pipeline: Stages,
        delivery: KafkaDelivery,
        throttle: Throttle,
        limit: MessageLimit,
        meter: Meter,
        rejects: RejectFile,
        faults: FaultPlan,
        failures: FailureLog,
        now: Callable[[], int],
    ) -> None:
        self._source = source
        self._pipeline = pipeline
        self._delivery = delivery
        self._throttle = throttle
        self._limit = limit
        self._meter = meter
        self._rejects = rejects
        self._faults = faults
        self._failures = failures
        self._now = now
        self._began = 0
        self._due: list[str] = []
        """Kinds of faults on purpose that wait for a message."""

    def turn(self, threads: int, stopped: Callable[[], bool]) -> float | None:
        """Send one batch; return the seconds to wait before the next one, or None when there is no more."""
        if self._rejects.full():
            return RETRY_S
        now = self._now()
        self._began = self._began or now
        granted = self._limit.claim(self._throttle.batch(threads))
        try:
            taken = self._source.read(granted, now) if granted else None
        except OSError as error:
            self._limit.give_back(granted)
            self._failures.failed("reading the source", error)
            return RETRY_S
        self._failures.works("reading the source")
        if taken is None:
            self._limit.give_back(granted)
            return None
        self._limit.give_back(granted - len(taken.readings))
        for rejected in taken.rejected:
            self._meter.rejected()
            self._rejects.add(*rejected)
        messages = self._pipeline.messages(taken.readings, now, self._reject)
        self._due += self._faults.due((now - self._began) / 1000)
        for place in range(min(len(self._due), len(messages))):
            kind = self._due.pop()
            messages.spoil(place, spoiled(messages.values[place] or b"", kind), kind)
        size = messages.size()
        self._delivery.send(messages, taken.settled, stopped)
        self._meter.produced(len(messages), size)
        self._delivery.serve()
        self._delivery.make_room(stopped)
        wait_s = self._throttle.take(len(taken.readings), size)
        return wait_s if taken.readings or taken.rejected else IDLE_S

    def _reject(self, reading: Reading, error: InvalidDataError) -> None:
        self._meter.rejected()
        self._rejects.add(str(error), reading.truck_id, reading.payload or repr(reading).encode())
