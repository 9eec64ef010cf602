"""A worker thread: reads a batch, sends it through the pipeline, pays for it, waits, and again."""

from collections.abc import Callable
from threading import Event

from producer.delivery import Delivery
from producer.fault import FaultPlan, spoil
from producer.meter import Meter
from producer.pipeline import Pipeline
from producer.quota import Quota
from producer.reading import Reading, Source
from producer.throttle import Throttle
from producer.topic import UnknownCodigoError


class Worker:
    """Runs until its source ends, the quota is used up or it is stopped."""

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        delivery: Delivery,
        throttle: Throttle,
        quota: Quota,
        meter: Meter,
        faults: FaultPlan,
        batch: int,
        wall_ms: Callable[[], int],
        stop: Event,
    ) -> None:
        self._source = source
        self._pipeline = pipeline
        self._delivery = delivery
        self._throttle = throttle
        self._quota = quota
        self._meter = meter
        self._faults = faults
        self._batch = batch
        self._wall_ms = wall_ms
        self._stop = stop

    def run(self) -> None:
        """Does the work; returns when there is no more."""
        began_ms = self._wall_ms()
        while not self._stop.is_set():
            count = self._quota.claim(self._batch)
            now_ms = self._wall_ms()
            readings = self._source.read(count, now_ms) if count else []
            if not readings:
                return
            faults = self._faults.due((now_ms - began_ms) / 1000)
            size = self._send(readings, faults, now_ms)
            self._delivery.serve()
            self._delivery.make_room(self._stop.is_set)
            self._stop.wait(self._throttle.take(len(readings), size))

    def _send(self, readings: list[Reading], faults: list[str], now_ms: int) -> int:
        sent = size = 0
        for reading in readings:
            try:
                message = self._pipeline.message(reading, now_ms)
            except UnknownCodigoError:
                self._meter.rejected()
                continue
            if faults:
                message = spoil(message, faults.pop())
            self._delivery.send(message)
            sent += 1
            size += len(message.value or b"")
        self._meter.produced(sent, size)
        return size
