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
    """Carry out an action for each request as `JsonApi.call` does; return each one's answer, or its error."""
    return SideBySide(api, action, requests, pool, until).results()


class SideBySide:
    """Calls of one action. As many as go at a time are begun at once: until `results` are asked for is time to work.

    Threads of the `pool` make the calls for which no connection is open, and the second tries.
    """

    def __init__(
        self, api: JsonApi, action: str, requests: Sequence[Mapping[str, Any]], pool: Executor, until: float
    ) -> None:
        self._api = api
        self._action = action
        self._pool = pool
        self._until = until
        self._bodies = list(map(json_bytes, requests))
        self._left = deque(enumerate(self._bodies))
        self._under_way = _UnderWay()
        self._in_threads: dict[int, Future[dict[str, Any]]] = {}
        try:
            self._begin()
        except BaseException:
            self._under_way.close()
            raise

    def results(self) -> list[Result]:
        """Wait for all; return each one's answer, or its error."""
        results: dict[int, Result] = {}
        try:
            while self._left or self._under_way.calls:
                self._begin()
                for place, begun in self._under_way.wait():
                    results[place] = self._over(place, begun)
        finally:
            self._under_way.close()
        for place, future in self._in_threads.items():
            try:
                results[place] = future.result()
            except AwsError as error:
                results[place] = error
        return [results[place] for place in range(len(self._bodies))]

    def _begin(self) -> None:
        while self._left and len(self._under_way.calls) < _AT_A_TIME:
            place, body = self._left.popleft()
            time_s = self._until - monotonic()
            begun = self._api.begin(self._action, body, time_s) if time_s > 0 else None
            if begun is None:
                self._in_threads[place] = self._pool.submit(self._api.call, self._action, body, until=self._until)
            else:
                self._under_way.add(place, begun)

    def _over(self, place: int, begun: Begun) -> Result:
        try:
            return self._api.finish(self._action, begun)
        except AwsError as error:
            if error.transient:
                body = self._bodies[place]
                again = self._pool.submit(self._api.call, self._action, body, until=self._until, begun=begun)
                self._in_threads[place] = again
            return error


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
