"""Threads at work until they are done or something happens: nothing they do goes on after that."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from threading import Event
from typing import TypeAlias

from producer.work.worker import Worker

Job: TypeAlias = Callable[[Event], None]
"""What a thread does; it must return soon after the event is set."""


class Outcome(Enum):
    """Why a crew has stopped working."""

    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    OVER = "over"


def work(jobs: Sequence[Job], watch: Callable[[], Outcome | None]) -> Outcome:
    """Runs each job in a thread of its own until `watch`, called all the time here, has a reason to end.

    Raises:
        Exception: whatever a job raised.
    """
    halt = Event()
    with ThreadPoolExecutor(len(jobs), thread_name_prefix="worker") as pool:
        running = [pool.submit(job, halt) for job in jobs]
        outcome: Outcome | None = None
        try:
            while outcome is None:
                outcome = Outcome.DONE if all(job.done() for job in running) else watch()
                if any(job.done() and job.exception() for job in running):
                    break
        finally:
            halt.set()
    for job in running:
        job.result()
    return outcome or Outcome.DONE


def taking_turns(workers: Sequence[Worker], threads: int) -> list[Job]:
    """The workers divided over `threads` threads, each of which gives its own their turns."""
    threads = min(threads, len(workers))

    def job(mine: list[Worker], halt: Event) -> None:
        while mine and not halt.is_set():
            for worker in list(mine):
                wait = worker.turn(threads, halt.is_set)
                if wait is None:
                    mine.remove(worker)
                elif wait and halt.wait(wait):
                    return

    return [_bound(job, list(workers[number::threads])) for number in range(threads)]


def _bound(job: Callable[[list[Worker], Event], None], mine: list[Worker]) -> Job:
    return lambda halt: job(mine, halt)
