"""One run: the spool first, then the workers, and back to the spool whenever delivery is interrupted."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from comboio.clocks import Clocks
from producer.kafka.delivery import KafkaDelivery
from producer.metrics.meter import Figures, Meter
from producer.options.ramp import step_at
from producer.options.settings import ProducerSettings
from producer.stores import Stores
from producer.work.pool import Job, StopReason, Threads, round_robin, run_jobs
from producer.work.recovery import Recovery
from producer.work.throttle import Throttle
from producer.work.worker import Worker

_TICK_S = 0.02
"""How soon reports are handled that come while workers wait; polling without a pause would fight them for the GIL."""

FIRST_PAUSE_S = 1.0
"""Wait before the spool is sent again after it failed; it doubles with each failure."""

_MOST_PAUSE_S = 30.0
"""Maximum of that wait."""

SAVE_S = 10.0
"""Longest that the end of a run waits for a disk that takes nothing."""

_SAVE_EVERY_S = 1.0
"""Longest time between two saves, however rarely figures are wanted: rejects that are not saved fill the memory, and
from 16 MB on nothing more is read."""

FOREVER = float("inf")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Controls:
    """What a run is told while it goes on, and what it tells."""

    stop: Event
    """Ends the run in order when it is set."""
    report: Callable[[Figures], None] = lambda _: None
    """Gets the figures every `stats_interval`, and last those of the whole run."""
    new_rates: Callable[[], tuple[float, float] | None] = lambda: None
    """Asked all the time for new rates: messages and bytes a second."""
    alive: Callable[[], None] = lambda: None
    """Called all the time that the main loop runs."""


class Run:
    """Main loop and decisions; threads only work while `_work` does."""

    def __init__(
        self,
        settings: ProducerSettings,
        workers: Sequence[Worker],
        delivery: KafkaDelivery,
        throttle: Throttle,
        meter: Meter,
        stores: Stores,
        controls: Controls,
        clocks: Clocks,
        threads: Threads = Threads(),  # noqa: B008 - immutable
    ) -> None:
        self._threads = threads
        self._settings = settings
        self._workers = workers
        self._delivery = delivery
        self._throttle = throttle
        self._meter = meter
        self._stores = stores
        self._controls = controls
        self._clocks = clocks
        self._recovery = Recovery(stores.spool, delivery, throttle, meter)
        self._rates = (settings.rate, settings.bytes_rate)
        self._began = clocks.clock()
        self._report_at = self._began + settings.stats_interval
        self._save_every_s = min(settings.stats_interval, _SAVE_EVERY_S)
        self._save_at = self._began + self._save_every_s

    def go(self) -> Figures:
        """Do it all; return the figures of the whole run."""
        try:
            reason = self._resend()
            while reason not in (StopReason.STOPPED, StopReason.DONE) and not self._ended():
                reason = self._produce()
                if reason is StopReason.INTERRUPTED:
                    self._recovery.take_back()
                    reason = self._resend()
        finally:
            lost = self._finish()
        total = self._meter.figures(self._clocks.clock(), self._clocks.now(), lost, final=True)
        self._controls.report(total)
        return total

    def _ended(self) -> bool:
        return bool(self._delivery.fatal) or self._clocks.clock() - self._began >= self._end_s()

    def _end_s(self) -> float:
        planned = sum(step.seconds for step in self._settings.ramp)
        return self._settings.duration or planned or FOREVER

    def _produce(self) -> StopReason:
        """Let the workers work up to the end of this step of the ramp, or of the run."""
        threads, until = self._settings.threads, self._end_s()
        due = step_at(self._settings.ramp, self._clocks.clock() - self._began)
        if due:
            step, end = due
            threads, until = step.threads or threads, min(until, end)
            self._throttle.change(self._rates[0] if step.rate is None else step.rate, self._rates[1])
            _log.info("ramp", extra={"threads": threads, "rate": step.rate, "until_s": until})
        return self._work(round_robin(self._workers, threads), self._began + until)

    def _resend(self) -> StopReason:
        """Send the spool again and again until Kafka has all of it."""
        pause_s = FIRST_PAUSE_S
        while self._recovery.needed():
            reason = self._work([self._recovery.resend()], FOREVER)
            if reason is StopReason.DONE and self._recovery.complete():
                break
            if reason is StopReason.STOPPED:
                return reason
            self._recovery.take_back()
            if self._delivery.fatal:
                return StopReason.STOPPED
            if self._work([_pausing(pause_s)], FOREVER) is StopReason.STOPPED:
                return StopReason.STOPPED
            pause_s = min(2 * pause_s, _MOST_PAUSE_S)
        return StopReason.TIME_UP

    def _finish(self) -> int:
        """Wait for acknowledgements, and write down what has none; return how many messages are nowhere."""
        deadline = self._clocks.clock() + self._settings.flush_timeout
        while self._clocks.clock() < deadline and not self._delivery.fatal:
            if self._delivery.interrupted():
                if self._controls.stop.is_set():
                    break
                self._recovery.take_back()
                if self._work([self._recovery.resend()], deadline) is StopReason.DONE and self._recovery.complete():
                    break
                self._clocks.sleep(min(FIRST_PAUSE_S, max(0.0, deadline - self._clocks.clock())))
            elif len(self._delivery):
                self._delivery.flush(_TICK_S)
                self._tick()
            else:
                break
        self._recovery.finish()
        self._delivery.settle()
        deadline = self._clocks.clock() + SAVE_S
        while not self._stores.save() and self._clocks.clock() < deadline:
            self._controls.alive()
            self._clocks.sleep(_TICK_S * 10)
        self._stores.spool.keep_all()
        self._delivery.report_failures()
        return len(self._delivery) + self._unsaved()

    def _unsaved(self) -> int:
        """Return how many messages no disk took: they end with the process, unless their source has them still."""
        if len(self._stores.rejects):
            _log.error("rejects are lost: they could not be written", extra={"rejects": len(self._stores.rejects)})
        lost = 0 if self._stores.spool.saved else len(self._stores.spool)
        if lost:
            _log.error("messages are lost: the spool could not be written to disk", extra={"messages": lost})
            self._meter.spooled(0)
        return lost

    def _work(self, jobs: Sequence[Job], until: float) -> StopReason:
        def watch() -> StopReason | None:
            if self._controls.stop.is_set():
                return StopReason.STOPPED
            if self._delivery.fatal or self._delivery.interrupted():
                return StopReason.INTERRUPTED
            if self._clocks.clock() >= until:
                return StopReason.TIME_UP
            self._tick()
            self._clocks.sleep(_TICK_S)
            return None

        return run_jobs(jobs, watch, self._threads)

    def _tick(self) -> None:
        self._controls.alive()
        self._delivery.serve_if_nobody_has(_TICK_S)
        self._delivery.settle()
        if rates := self._controls.new_rates():
            self._rates = rates
            self._throttle.change(*rates)
        if (now := self._clocks.clock()) >= self._report_at:
            self._report_at = max(self._report_at + self._settings.stats_interval, now)
            self._controls.report(self._meter.figures(now, self._clocks.now(), len(self._delivery)))
            self._delivery.report_failures()
        if now >= self._save_at:
            self._stores.save()
            self._save_at = self._clocks.clock() + self._save_every_s


def _pausing(seconds: float) -> Job:
    def pause(halt: Event) -> None:
        halt.wait(seconds)

    return pause
