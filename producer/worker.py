"""A worker: takes a batch of its source through the pipeline, pays for it, and again."""

from collections.abc import Callable, Sequence

from producer.delivery import Delivery
from producer.fault import FaultPlan, spoil
from producer.message import Message
from producer.meter import Meter
from producer.pipeline import Pipeline
from producer.quota import Quota
from producer.reading import Reading, Source
from producer.reject import RejectFile
from producer.throttle import Throttle
from producer.topic import UnknownCodigoError

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
        messages = self._messages(taken.readings, now_ms)
        self._owed += self._faults.due((now_ms - self._began_ms) / 1000)
        for place in range(min(len(self._owed), len(messages))):
            messages[place] = spoil(messages[place], self._owed.pop())
        size = self._send(messages, taken.settled, stopped)
        self._delivery.serve()
        self._delivery.make_room(stopped)
        wait = self._throttle.take(len(taken.readings), size)
        return wait if taken.readings or taken.refused else _IDLE_S

    def _messages(self, readings: Sequence[Reading], now_ms: int) -> list[Message]:
        messages = []
        for reading in readings:
            try:
                messages.append(self._pipeline.message(reading, now_ms))
            except UnknownCodigoError as error:
                self._meter.rejected()
                self._rejects.add(str(error), reading.truck_id, reading.payload or repr(reading).encode())
        return messages

    def _send(self, messages: list[Message], settled: Callable[[], None] | None, stopped: Callable[[], bool]) -> int:
        self._delivery.send(messages, settled, stopped)
        size = sum([len(message.value or b"") for message in messages])
        self._meter.produced(len(messages), size)
        return size
