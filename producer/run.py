"""One run: the spool first, then the workers, and back to the spool whenever delivery is interrupted."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from threading import Event

from producer.kafka.delivery import Delivery
from producer.message.message import Message
from producer.metrics.meter import Figures, Meter
from producer.options.ramp import step_at
from producer.options.settings import ProducerSettings
from producer.state.spool import Spool
from producer.work.pool import Job, Outcome, taking_turns, work
from producer.work.resend import Resend
from producer.work.throttle import Throttle
from producer.work.worker import Worker

_log = logging.getLogger(__name__)
_TICK_S = 0.02
"""How soon reports are handled that come while workers wait; polling without a pause would fight them for the GIL."""
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_EVER = float("inf")


class Run:
    """Main loop and decisions; threads only work while `_crew` does."""

    def __init__(
        self,
        settings: ProducerSettings,
        workers: Sequence[Worker],
        delivery: Delivery,
        throttle: Throttle,
        meter: Meter,
        spool: Spool,
        keepers: Sequence[Callable[[], None]],
        report: Callable[[Figures], None],
        stop: Event,
        reload: Callable[[], tuple[float, float] | None],
        alive: Callable[[], None],
        clock: Callable[[], float],
        wall_ms: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._workers = workers
        self._delivery = delivery
        self._throttle = throttle
        self._meter = meter
        self._spool = spool
        self._keepers = keepers
        self._report = report
        self._stop = stop
        self._reload = reload
        self._alive = alive
        self._clock = clock
        self._wall_ms = wall_ms
        self._rates = (settings.rate, settings.bytes_rate)
        self._began = clock()
        self._report_at = self._began + settings.stats_interval
        self._unsent: Iterable[Message] = ()
        self._lent = False
        """Whether the spool's messages are with the client, or in `_unsent`; else the spool alone has them."""

    def go(self) -> Figures:
        """Does it all; the figures of the whole run."""
        self._meter.recovered(self._spool.messages)
        try:
            outcome = self._resend()
            while outcome not in (Outcome.STOPPED, Outcome.DONE) and not self._ended():
                outcome = self._produce()
                if outcome is Outcome.INTERRUPTED:
                    self._take_back()
                    outcome = self._resend()
        finally:
            left = self._finish()
        total = self._meter.figures(self._clock(), self._wall_ms(), left, final=True)
        self._report(total)
        return total

    def _ended(self) -> bool:
        return bool(self._delivery.fatal) or self._clock() - self._began >= self._end_s()

    def _end_s(self) -> float:
        planned = sum(step.seconds for step in self._settings.ramp)
        return self._settings.duration or planned or _EVER

    def _produce(self) -> Outcome:
        """The workers, up to the end of this step of the ramp or of the run."""
        threads, until = self._settings.threads, self._end_s()
        due = step_at(self._settings.ramp, self._clock() - self._began)
        if due:
            step, end = due
            threads, until = step.threads or threads, min(until, end)
            self._throttle.change(self._rates[0] if step.rate is None else step.rate, self._rates[1])
            _log.info("ramp", extra={"threads": threads, "rate": step.rate, "until_s": until})
        return self._crew(taking_turns(self._workers, threads), self._began + until)

    def _resend(self) -> Outcome:
        """The spool, again and again until Kafka has all of it."""
        pause = _FIRST_PAUSE_S
        while self._spool.messages:
            _log.info("sending what was spooled", extra={"messages": self._spool.messages})
            self._lent = True
            resend = Resend(self._spool.read(), self._delivery, self._throttle)
            outcome = self._crew([resend.run], _EVER)
            self._unsent = resend.rest
            if outcome is Outcome.DONE and not self._delivery.interrupted():
                self._clear_spool()
                break
            if outcome is Outcome.STOPPED:
                return outcome
            self._take_back()
            if self._delivery.fatal:
                return Outcome.STOPPED
            if self._crew([_pausing(pause)], _EVER) is Outcome.STOPPED:
                return Outcome.STOPPED
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        return Outcome.OVER

    def _take_back(self) -> None:
        def keep(messages: list[Message]) -> None:
            self._meter.spooled(self._spool.replace(chain(messages, self._unsent)))
            self._unsent, self._lent = (), False

        self._delivery.take_back(keep)
        if self._spool.messages:
            _log.error(
                "Kafka has not acknowledged everything: what is missing is kept and sent again before anything else",
                extra={"messages": self._spool.messages, "spool": str(self._spool.path)},
            )

    def _clear_spool(self) -> None:
        self._spool.clear()
        self._meter.spooled(0)
        self._lent = False

    def _finish(self) -> int:
        """Waits for acknowledgements, spools what has none; how many messages are neither."""
        deadline = self._clock() + self._settings.flush_timeout
        while len(self._delivery) and self._clock() < deadline and not self._delivery.fatal:
            self._delivery.serve(_TICK_S)
            self._tick()
        unsent = list(self._unsent)
        if len(self._delivery) or self._delivery.interrupted() or unsent:
            self._unsent = unsent
            self._take_back()
        elif self._lent:
            self._clear_spool()
        self._delivery.settle()
        self._keep()
        self._delivery.report_failures()
        return len(self._delivery)

    def _crew(self, jobs: Sequence[Job], until: float) -> Outcome:
        def watch() -> Outcome | None:
            if self._stop.is_set():
                return Outcome.STOPPED
            if self._delivery.fatal or self._delivery.interrupted():
                return Outcome.INTERRUPTED
            if self._clock() >= until:
                return Outcome.OVER
            self._tick()
            time.sleep(_TICK_S)
            return None

        return work(jobs, watch)

    def _tick(self) -> None:
        self._alive()
        self._delivery.serve_if_nobody_has(_TICK_S)
        self._delivery.settle()
        if rates := self._reload():
            self._rates = rates
            self._throttle.change(*rates)
        if (now := self._clock()) >= self._report_at:
            self._report_at = max(self._report_at + self._settings.stats_interval, now)
            self._report(self._meter.figures(now, self._wall_ms(), len(self._delivery)))
            self._delivery.report_failures()
            self._keep()

    def _keep(self) -> None:
        for keep in self._keepers:
            keep()


def _pausing(seconds: float) -> Job:
    def pause(halt: Event) -> None:
        halt.wait(seconds)

    return pause
