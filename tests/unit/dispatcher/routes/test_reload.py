"""Which routing table batches go by, while its source changes, breaks and goes away."""

from typing import Any

import pytest

from comboio.rate_limit.memory import MemoryTokenStore
from comboio.rate_limit.rate_limit import RateLimit
from comboio.routing.table import RoutingError
from dispatcher.routes.outlets import Outlets
from dispatcher.routes.reload import LiveRoutes
from dispatcher.routes.source import TableUnreachableError
from dispatcher.stage_reporter import ReloadResult
from tests.support.dispatcher import FakeQueue, InlineExecutor, MemoryReporter

GOOD = 'version = 1\n[destinations.a]\ntype = "sqs"\ntarget = "https://sqs/a"\n[default]\nto = ["a"]\n'
MORE = GOOD + '[destinations.b]\ntype = "sqs"\ntarget = "https://sqs/b"\n[[routes]]\nname = "r"\nto = ["b"]\n'
WRONG = {
    "not TOML": "version = = 1",
    "against the schema": GOOD + "surprise = 1",
    "no such type": GOOD.replace('"sqs"', '"pigeon"'),
    "no such option": GOOD.replace('"https://sqs/a"', '"https://sqs/a"\nconcurency = 3'),
    "no such variable": GOOD.replace("https://sqs/a", "$ROUTE_NOBODY_SET_THIS"),
    "empty": "",
    "nested too deeply": "a = " + "[" * 4_000 + "]" * 4_000 + "\n" + GOOD,
    "a number of too many digits": GOOD + "priority = " + "9" * 5_000,
    "a rate too small to count": GOOD.replace('"https://sqs/a"', '"https://sqs/a"\nmax_per_s = 5e-324'),
    "a rate too large to store": GOOD.replace('"https://sqs/a"', '"https://sqs/a"\nmax_per_s = 1e308'),
}


class Source:
    """A source whose text a test sets; None is one that cannot be reached."""

    where = "the test"
    changes = True

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.reads = 0

    def read(self) -> str:
        self.reads += 1
        if self.text is None:
            raise TableUnreachableError("The store is away.")
        return self.text


class Watch:
    """A table in force with a clock that a test moves, and what it reported."""

    def __init__(self, text: str | None) -> None:
        self.source, self.now, self.reporter = Source(text), 0.0, MemoryReporter()
        clients: Any = lambda service: FakeQueue().api  # noqa: E731  a client of nothing
        self.table = LiveRoutes(
            self.source,
            {},
            clients,
            max_age_s=60,
            clock=lambda: self.now,
            reporter=self.reporter,
            make_rate=lambda name, max_per_s: RateLimit(name, max_per_s, MemoryTokenStore(), InlineExecutor()),
        )

    def after(self, seconds: float) -> Outlets:
        """Return the outlets for a batch that begins so much later."""
        self.now += seconds
        return self.table()


def test_the_source_is_asked_once_in_a_while() -> None:
    """Batches within the age share one look; a table that is the same is no news, and the same outlets."""
    watch = Watch(GOOD)
    first = watch.after(0)
    assert watch.after(59) is first and watch.source.reads == 1
    assert watch.after(1) is first and watch.source.reads == 2
    assert watch.after(59) is first and watch.source.reads == 2
    assert watch.reporter.tables == []


def test_a_good_new_table_is_taken() -> None:
    """A change is in force with the first batch after the age, and told."""
    watch = Watch(GOOD)
    watch.source.text = MORE
    assert not watch.after(59).router.table.routes
    assert [route.name for route in watch.after(1).router.table.routes] == ["r"]
    assert [news for news, _ in watch.reporter.tables] == [ReloadResult.CHANGED]


def test_destinations_that_did_not_change_keep_their_health() -> None:
    """A circuit that is open stays open over a change elsewhere; a destination with another target starts anew."""
    watch = Watch(MORE)
    before = watch.after(0)
    watch.source.text = MORE.replace("https://sqs/b", "https://sqs/other")
    after = watch.after(60)
    assert after.states["a"] is before.states["a"]
    assert after.states["b"] is not before.states["b"]
    watch.source.text = GOOD
    assert set(watch.after(60).states) == {"a"}


@pytest.mark.robustness("a routing table that is broken or out of reach")
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_broken_new_table_changes_nothing(wrong: str) -> None:
    """The old table stays, the fault is told at every look while it lasts, and mending it mends it."""
    watch = Watch(GOOD)
    first = watch.after(0)
    watch.source.text = wrong
    assert watch.after(60) is first and watch.after(60) is first
    assert [news for news, _ in watch.reporter.tables] == [ReloadResult.BROKEN] * 2
    assert "routes.toml" in watch.reporter.tables[0][1] and "the test" in watch.reporter.tables[0][1]
    watch.source.text = MORE
    assert watch.after(60) is not first


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_a_source_that_is_away_changes_nothing() -> None:
    """The old table stays, and the source is not asked again with every batch."""
    watch = Watch(GOOD)
    first = watch.after(0)
    watch.source.text = None
    assert watch.after(60) is first and watch.after(1) is first
    assert watch.source.reads == 2
    told = "The routing table was not reloaded; the old one stays in use. The store is away."
    assert watch.reporter.tables == [(ReloadResult.UNREACHABLE, told)]


@pytest.mark.robustness("a routing table that is broken or out of reach")
@pytest.mark.parametrize("wrong", [*WRONG.values()], ids=WRONG.keys())
def test_nothing_starts_with_a_broken_table(wrong: str) -> None:
    """Without a table that was ever right, records wait: a guess could send them the wrong way."""
    with pytest.raises(RoutingError):
        Watch(wrong)


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_nothing_starts_without_a_table() -> None:
    """The same where it cannot be read."""
    with pytest.raises(TableUnreachableError, match="away"):
        Watch(None)


def test_a_table_that_cannot_change_is_read_once() -> None:
    """The layer's own table is not looked at again."""
    watch = Watch(GOOD)
    watch.source.changes = False
    watch.source.text = MORE
    watch.after(1_000_000)
    assert watch.source.reads == 1 and watch.reporter.tables == []
