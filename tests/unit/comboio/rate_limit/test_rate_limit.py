"""A fleet's rate limit: how much is granted in all, however the environments ask."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comboio.errors import ServiceError
from comboio.rate_limit.memory import MemoryTokenStore
from comboio.rate_limit.rate_limit import LOOK_AGAIN_MS, RETRY_MS, RateLimit
from tests.support.examples import examples

NOW = 1_795_359_600_000


class Inline(Executor):
    """Runs at once what is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See Executor."""
        fn(*args, **kwargs)
        return Future()


class Later(Executor):
    """Runs what is submitted when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """See Executor."""
        self.waiting.append(lambda: fn(*args, **kwargs))
        return Future()

    def run(self) -> None:
        """Run all that waits."""
        while self.waiting:
            self.waiting.pop(0)()


class Store(MemoryTokenStore):
    """A store that counts, and can be away or lose a reply."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.away = self.lose = False

    def reserve(self, destination: str, window: int, wanted: int, tokens: int, expires: int) -> int:
        """See TokenStore."""
        self.asked += 1
        if self.away:
            raise ServiceError("DynamoDB is away.")
        granted = super().reserve(destination, window, wanted, tokens, expires)
        if self.lose:
            raise ServiceError("The reply was lost.")
        return granted


def test_one_environment_gets_all_of_the_rate_and_no_more() -> None:
    """Where nobody else asks, a second's tokens are granted whole, in any portions; the next second has its own."""
    limit = RateLimit("a", 50, Store(), Inline())
    assert sum(limit.take(7, NOW + number) for number in range(20)) == 50
    assert limit.take(1, NOW + 999) == 0
    assert limit.take(80, NOW + 1_000) == 50


def test_taking_does_not_wait() -> None:
    """What is not reserved yet is not granted, and a second reservation is not made while one is under way."""
    store, pool = Store(), Later()
    limit = RateLimit("a", 50, store, pool)
    assert (limit.take(3, NOW), limit.take(3, NOW), len(pool.waiting)) == (0, 0, 1)
    assert limit.resumes_at(NOW) == NOW + LOOK_AGAIN_MS
    pool.run()
    assert limit.take(3, NOW + 5) == 3
    assert limit.take(2, NOW + 5) == 2 and store.asked == 1


def test_few_reservations_serve_many_messages() -> None:
    """Messages that are taken one by one are reserved in chunks: about ten a second, however high the rate."""
    store = Store()
    limit = RateLimit("a", 10_000, store, Inline())
    assert sum(limit.take(1, NOW + number // 20) for number in range(12_000)) == 10_000
    assert store.asked <= 12


def test_a_second_that_is_used_up_is_not_asked_for_again() -> None:
    """An environment that was told that nothing is left waits for the next second, and says when that is."""
    store = Store()
    first, second = (RateLimit("a", 5, store, Inline()) for _ in range(2))
    assert first.take(5, NOW) == 5
    for later in range(100):
        assert second.take(1, NOW + later) == 0
    assert store.asked == 2
    assert second.resumes_at(NOW + 100) == NOW + 1_000
    assert second.take(1, NOW + 1_000) == 1


def test_a_pack_is_granted_whole_or_not_at_all() -> None:
    """Tokens that do not suffice for a pack stay for smaller ones, and are lost with their second."""
    store = Store()
    limit = RateLimit("a", 50, store, Inline())
    assert limit.take(20, NOW) == 20
    assert not limit.take_whole(40, NOW)
    assert limit.take_whole(30, NOW)
    assert limit.take(1, NOW + 1_000) == 1
    assert not limit.take_whole(50, NOW + 1_000)
    assert limit.take_whole(50, NOW + 2_000)


def test_a_call_that_is_larger_than_a_second_waits_for_several() -> None:
    """A pack of 120 at 50 a second goes in the third second, and what it leaves over goes with it: no second has more
    than its tokens, on average."""
    limit = RateLimit("a", 50, Store(), Inline())
    sent = [limit.take_whole(120, NOW + later) for later in range(0, 3_000, 100)]
    assert sent.index(True) == 20 and sent.count(True) == 1
    limit = RateLimit("a", 50, Store(), Inline())
    sent = [limit.take_whole(120, NOW + later) for later in range(0, 60_000, 100)]
    assert 23 <= sent.count(True) <= 25


def test_tokens_that_were_gathered_for_nothing_are_lost() -> None:
    """A large call that is no longer asked for leaves no burst behind."""
    limit = RateLimit("a", 50, Store(), Inline())
    for later in (0, 1_000):
        assert not limit.take_whole(500, NOW + later)
    assert limit.take(500, NOW + 2_000) == 50


def test_what_is_not_used_can_be_given_back_in_its_second() -> None:
    """Tokens of a call that did not go are granted again, but not in a later second."""
    limit = RateLimit("a", 5, Store(), Inline())
    assert limit.take(5, NOW) == 5
    limit.give_back(3, NOW + 1)
    assert limit.take(5, NOW + 2) == 3
    limit.give_back(3, NOW + 1_000)
    assert limit.take(9, NOW + 1_000) == 5


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_late_answer_is_of_its_own_second() -> None:
    """Tokens that arrive when their second is over are not used in the next one."""
    pool = Later()
    limit = RateLimit("a", 5, Store(), pool)
    limit.take(5, NOW + 999)
    pool.run()
    assert limit.take(5, NOW + 1_000) == 0
    pool.run()
    assert limit.take(9, NOW + 1_001) == 5


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@pytest.mark.parametrize("fault", [ServiceError("away"), ValueError()], ids=["service", "defect"])
def test_a_store_that_is_away_grants_nothing_and_is_asked_seldom(fault: Exception) -> None:
    """Without an answer nothing goes; it is asked again after a while, and works as soon as the store does."""

    class Broken(Store):
        def reserve(self, destination: str, window: int, wanted: int, tokens: int, expires: int) -> int:
            if self.away:
                self.asked += 1
                raise fault
            return super().reserve(destination, window, wanted, tokens, expires)

    store = Broken()
    store.away = True
    limit = RateLimit("a", 5, store, Inline())
    assert [limit.take(1, NOW + later) for later in range(RETRY_MS)] == [0] * RETRY_MS
    assert store.asked == 1 and limit.unreachable
    assert limit.resumes_at(NOW) == NOW + RETRY_MS
    store.away = False
    assert limit.take(1, NOW + RETRY_MS) == 1
    assert limit.unreachable == ""


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_clock_that_is_set_back_does_not_stop_it() -> None:
    """After an hour's jump back, and a failure just before, tokens are reserved at once."""
    store = Store()
    store.away = True
    limit = RateLimit("a", 5, store, Inline())
    limit.take(1, NOW)
    store.away = False
    assert limit.take(1, NOW - 3_600_000) == 1


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 40), st.integers(0, 400), st.sampled_from(["", "", "", "lose", "run"])),
    max_size=120,
)


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@settings(max_examples=examples(200))
@given(st.sampled_from([0.4, 1.0, 7.0, 50.0]), st.lists(st.integers(-30_000, 30_000), min_size=4, max_size=4), STEPS)
def test_no_second_has_more_than_its_tokens(
    max_per_s: float, skews: list[int], steps: list[tuple[int, int, int, str]]
) -> None:
    """However environments ask, whatever replies are lost or late: of each second, by the clock that its taker goes by,
    no more is granted than the rate allows; with correct clocks that is true time."""
    store = Store()
    pools = [Later() for _ in range(4)]
    limits = [RateLimit("a", max_per_s, store, pool) for pool in pools]
    granted: Counter[int] = Counter()
    now = NOW
    for number, wanted, later, what in steps:
        store.lose = what == "lose"
        mine = now + skews[number]
        limit = limits[number]
        taken = limit.take(wanted, mine)
        granted[limit.rate.window(mine)] += taken
        assert 0 <= taken <= wanted
        if what != "run":
            pools[number].run()
        now += later
    assert all(count <= limits[0].rate.tokens for count in granted.values())


def test_all_environments_together_use_the_rate() -> None:
    """Twelve environments that ask all the time send what the rate allows, to a tenth, and share it."""
    store = Store()
    limits = [RateLimit("a", 200, store, Inline()) for _ in range(12)]
    taken = [0] * 12
    for now in range(NOW, NOW + 10_000, 10):
        for number, limit in enumerate(limits):
            taken[number] += limit.take(3, now)
    assert 1_800 <= sum(taken) <= 2_000
