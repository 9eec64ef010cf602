"""Runs jobs in threads until all finish or `watch` ends them; no thread outlives the call."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from enum import Enum
from threading import Event
from typing import NamedTuple

from producer.work.worker import Worker

Job = Callable[[Event], None]
"""What a thread does; it must return soon after the event is set."""


class StopReason(Enum):
    """Why jobs no longer run."""

    DONE = "done"
    """All have finished."""
    STOPPED = "stopped"
    """The process was asked to stop."""
    INTERRUPTED = "interrupted"
    """Kafka does not acknowledge."""
    TIME_UP = "time up"
    """The step of the plan, or the run, is over."""


def _pool(threads: int) -> Executor:
    return ThreadPoolExecutor(threads, thread_name_prefix="worker")


class Threads(NamedTuple):
    """What jobs run in, and how they wait, so that a test can let them take turns on a clock of its own."""

    pool: Callable[[int], Executor] = _pool
    """Makes a pool of so many threads."""
    event: Callable[[], Event] = Event
    """Makes what tells the jobs to end."""


def run_jobs(
    jobs: Sequence[Job],
    watch: Callable[[], StopReason | None],
    threads: Threads = Threads(),  # noqa: B008 - immutable
) -> StopReason:
    """Run each job in a thread of its own until `watch`, called over and over here, returns a reason to stop.

    Raises:
        Exception: whatever a job raised.
    """
    halt = threads.event()
    with threads.pool(len(jobs)) as pool:
        running = [pool.submit(job, halt) for job in jobs]
        reason: StopReason | None = None
        try:
            while reason is None:
                reason = StopReason.DONE if all(job.done() for job in running) else watch()
                if any(job.done() and job.exception() for job in running):
                    break
        finally:
            halt.set()
    for job in running:
        job.result()
    return reason or StopReason.DONE


def round_robin(workers: Sequence[Worker], threads: int) -> list[Job]:
    """Divide the workers over `threads` jobs, each of which gives its own workers their turns."""
    threads = min(threads, len(workers))

    def job(mine: list[Worker], halt: Event) -> None:
        while mine and not halt.is_set():
            for worker in list(mine):
                wait_s = worker.turn(threads, halt.is_set)
                if wait_s is None:
                    mine.remove(worker)
                elif wait_s and halt.wait(wait_s):
                    return

    return [_bound(job, list(workers[number::threads])) for number in range(threads)]


def _bound(job: Callable[[list[Worker], Event], None], mine: list[Worker]) -> Job:
    return lambda halt: job(mine, halt)
