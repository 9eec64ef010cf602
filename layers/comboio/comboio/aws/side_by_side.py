"""Many calls of one action at a time. Where a connection is open no thread waits for the answer (docs/adr/0064)."""

import select
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from time import monotonic
from typing import Any

from comboio.aws.begun import Begun
from comboio.aws.json_api import AwsError, JsonApi, json_bytes

_AT_A_TIME = 32
"""Calls that are begun and not over: a call is some 0.2 ms of processor time, so more would only wait for it."""

Result = dict[str, Any] | AwsError


def call_all(
    api: JsonApi, action: str, requests: Sequence[Mapping[str, Any]], pool: Executor, until: float
) -> list[Result]:
    """Carry out an action for each request as `JsonApi.call` does; return each one's answer, or its error.

    Threads of the `pool` make the calls for which no connection is open, and the second tries.
    """
    bodies = list(map(json_bytes, requests))
    under_way = _UnderWay()
    in_threads: dict[int, Future[dict[str, Any]]] = {}
    results: dict[int, Result] = {}
    left = deque(enumerate(bodies))
    try:
        while left or under_way.calls:
            while left and len(under_way.calls) < _AT_A_TIME:
                place, body = left.popleft()
                time_s = until - monotonic()
                begun = api.begin(action, body, time_s) if time_s > 0 else None
                if begun is None:
                    in_threads[place] = pool.submit(api.call, action, body, until=until)
                else:
                    under_way.add(place, begun)
            for place, begun in under_way.wait():
                try:
                    results[place] = api.finish(action, begun)
                except AwsError as error:
                    results[place] = error
                    if error.transient:
                        in_threads[place] = pool.submit(api.call, action, bodies[place], until=until, begun=begun)
    finally:
        under_way.close()
    for place, future in in_threads.items():
        try:
            results[place] = future.result()
        except AwsError as error:
            results[place] = error
    return [results[place] for place in range(len(bodies))]


class _UnderWay:
    """Calls that were begun and are not over, each with its place."""

    def __init__(self) -> None:
        self.calls: dict[int, tuple[int, Begun]] = {}
        """By the connection's number."""
        self._poll = select.poll()

    def add(self, place: int, begun: Begun) -> None:
        """Take in a call that was begun."""
        file = begun.fileno()
        self.calls[file] = place, begun
        self._poll.register(file, begun.events)

    def wait(self) -> list[tuple[int, Begun]]:
        """Wait until one is over, or its time is; return all that are."""
        over: list[int] = []
        while self.calls and not over:
            _, eldest = next(iter(self.calls.values()))
            left_s = eldest.left_s()
            for file, _ in self._poll.poll(left_s * 1000):
                _, begun = self.calls[file]
                if begun.go_on():
                    over.append(file)
                else:
                    self._poll.modify(file, begun.events)
            if left_s <= 0:
                over += self._give_up_late(over)
        for file in over:
            self._poll.unregister(file)
        return [self.calls.pop(file) for file in over]

    def close(self) -> None:
        """Leave what is still under way."""
        for _, begun in self.calls.values():
            begun.give_up(TimeoutError("nobody waits for it any more"))
        self.calls.clear()

    def _give_up_late(self, over: Sequence[int]) -> list[int]:
        late = [file for file, (_, begun) in self.calls.items() if begun.left_s() <= 0 and file not in over]
        for file in late:
            self.calls[file][1].give_up(TimeoutError("the call's time is used up"))
        return late
