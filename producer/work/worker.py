"""A worker: takes a batch of its source through the pipeline, pays for it, and again."""

from collections.abc import Callable

from producer.kafka.delivery import Delivery
from producer.message.bad_input import FaultPlan, spoiled
from producer.message.pipeline import Pipeline
from producer.message.topic_resolver import UnknownCodigoError
from producer.metrics.meter import Meter
from producer.source.reading import Reading, Source
from producer.state.reject_file import RejectFile
from producer.work.message_limit import Quota
from producer.work.throttle import Throttle

_IDLE_S = 0.02
"""Pause of a worker whose source has nothing just now."""


class Worker:
    """One source and its pipeline. Belongs to one thread at a time; after any turn another one can take it up."""

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        delivery: Delivery,
        throttle: Throttle,
        quota: Quota,
        meter: Meter,
        rejects: RejectFile,
        faults: FaultPlan,
        wall_ms: Callable[[], int],
    ) -> None:
        self._source = source
        self._pipeline = pipeline
        self._delivery = delivery
        self._throttle = throttle
        self._quota = quota
        self._meter = meter
        self._rejects = rejects
        self._faults = faults
        self._wall_ms = wall_ms
        self._began_ms = 0
        self._owed: list[str] = []

    def turn(self, threads: int, stopped: Callable[[], bool]) -> float | None:
        """Sends one batch; the seconds to wait before the next one, or None when there is no more.

        Raises:
            OSError: the source or the reject file failed.
        """
        now_ms = self._wall_ms()
        self._began_ms = self._began_ms or now_ms
        granted = self._quota.claim(self._throttle.batch(threads))
        taken = self._source.read(granted, now_ms) if granted else None
        if taken is None:
            return None
        self._quota.give_back(granted - len(taken.readings))
        for refused in taken.refused:
            self._meter.rejected()
            self._rejects.add(*refused)
        messages = self._pipeline.messages(taken.readings, now_ms, self._refuse)
        self._owed += self._faults.due((now_ms - self._began_ms) / 1000)
        for place in range(min(len(self._owed), len(messages))):
            kind = self._owed.pop()
            messages.spoil(place, spoiled(messages.values[place] or b"", kind), kind)
        size = messages.size()
        self._delivery.send(messages, taken.settled, stopped)
        self._meter.produced(len(messages), size)
        self._delivery.serve()
        self._delivery.make_room(stopped)
        wait = self._throttle.take(len(taken.readings), size)
        return wait if taken.readings or taken.refused else _IDLE_S

    def _refuse(self, reading: Reading, error: UnknownCodigoError) -> None:
        self._meter.rejected()
        self._rejects.add(str(error), reading.truck_id, reading.payload or repr(reading).encode())
