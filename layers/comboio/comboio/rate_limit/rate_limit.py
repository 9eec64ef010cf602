"""One environment's side of a destination's rate limit: it reserves tokens in chunks, and hands them out.

Bound: environments with correct clocks never reserve more than `max_per_s` tokens of one second of the clock together.
So any 1,000 ms have at most twice that, at a second's turn, and any `t` seconds at most `max_per_s * (t + 1)`.

- An environment whose clock is off reserves tokens of another second. They are taken from that second, so the average
  stays what it is; one second of true time may have `max_per_s` once for each different time that clocks show.
- Tokens that are reserved and not used by the end of their second are lost: the rate is lower, by a chunk for each
  environment at most.
- A call with more messages than a second has tokens gathers them over several seconds and goes at once: the average
  stays what it is.
- A reservation whose reply is lost is not used. While the store cannot be reached nothing is granted: the messages
  wait, or are diverted, as their route says.
"""

from collections import deque
from concurrent.futures import Executor

from comboio.rate_limit.store import TokenStore
from comboio.rate_limit.window import Rate, rate_of

RETRY_MS = 100
"""Wait after a reservation that failed."""

LOOK_AGAIN_MS = 5
"""Wait for a reservation that is under way: about as long as DynamoDB takes."""

KEPT_S = 600
"""Time after which the store may forget a window: longer than clocks differ."""


class RateLimit:
    """The maximum of messages a second to one destination. For one thread; `pool` runs the reservations."""

    def __init__(self, destination: str, max_per_s: float, store: TokenStore, pool: Executor) -> None:
        self.unreachable = ""
        """Why the last reservation failed; empty if it did not."""
        self._destination = destination
        self._rate = rate_of(max_per_s)
        self._store = store
        self._pool = pool
        self._window = -1
        self._granted = 0
        self._gathering = False
        self._exhausted = False
        self._retry_at = 0
        self._answers: deque[tuple[int, int | str]] = deque()
        self._under_way = False

    @property
    def rate(self) -> Rate:
        """The windows that tokens are reserved of."""
        return self._rate

    def take(self, n: int, now: int) -> int:
        """Return how many of `n` messages may go at `now` (epoch ms).

        It does not wait: if fewer are granted, tokens are being reserved in the pool, and `resumes_at` says when to ask
        again. What is granted is to be sent at once.
        """
        self._gathering = False
        self._prepare(n, now)
        granted = min(n, self._granted)
        self._granted -= granted
        return granted

    def take_whole(self, n: int, now: int) -> bool:
        """Take `n` tokens or none, for a call that goes whole; ask again at `resumes_at`.

        Tokens gather while it is asked for. Where `n` is more than a window has, they gather over several windows.
        """
        self._prepare(n, now)
        self._gathering = self._granted < n and n > self._rate.tokens
        if self._granted < n:
            return False
        self._granted -= n
        return True

    def give_back(self, n: int, now: int) -> None:
        """Return tokens that were granted and not used; they can be granted again while their window lasts."""
        if self._window == self._rate.window(now):
            self._granted += n

    def resumes_at(self, now: int) -> int:
        """Return when to ask again (epoch ms), after fewer were granted than asked for."""
        if self._exhausted and self._window == self._rate.window(now):
            return self._rate.ends_at(self._window)
        return self._retry_at if 0 < self._retry_at - now <= RETRY_MS else now + LOOK_AGAIN_MS

    def _prepare(self, n: int, now: int) -> None:
        self._turn(now)
        if self._granted < n:
            self._reserve(n - self._granted, now)
            self._turn(now)  # a pool of the tests runs it at once

    def _turn(self, now: int) -> None:
        """Begin the window of `now` if it is a new one, and add what was reserved of it."""
        window = self._rate.window(now)
        if window != self._window:
            self._window, self._exhausted = window, False
            if not self._gathering:
                self._granted = 0
        while self._answers:
            reserved_of, answer = self._answers.popleft()
            self._under_way = False
            if isinstance(answer, str):
                self.unreachable = answer
                self._retry_at = now + RETRY_MS
            else:
                self.unreachable = ""
                if reserved_of == window or self._gathering:
                    self._granted += answer
                if reserved_of == window:
                    self._exhausted = answer == 0

    def _reserve(self, missing: int, now: int) -> None:
        if self._under_way or self._exhausted or 0 < self._retry_at - now <= RETRY_MS:
            return
        self._under_way = True
        wanted = min(max(missing, self._rate.chunk), self._rate.tokens)
        self._pool.submit(self._ask, self._window, wanted)

    def _ask(self, window: int, wanted: int) -> None:
        """Ask in the pool; the thread that takes reads the answer."""
        expires = self._rate.ends_at(window) // 1000 + KEPT_S
        try:
            answer: int | str = self._store.reserve(self._destination, window, wanted, self._rate.tokens, expires)
        except Exception as error:  # whatever it is: without an answer nothing would ever be reserved again
            answer = str(error) or type(error).__name__
        self._answers.append((window, answer))
