"""What is remembered of schemas, and when a registry is asked."""

from contextlib import suppress

import pytest

from comboio.contract.message import MalformedMessageError
from comboio.message.registry.registry import (
    AWAY_S,
    MOST_ASKED,
    MOST_SCHEMAS,
    UNKNOWN_S,
    WITHIN_S,
    Registered,
    RegistryUnavailableError,
    Schemas,
)

TIMEOUT_S = 3.0


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Source:
    """A registry in memory that counts what it is asked, may be away, and takes its time."""

    def __init__(self, **texts: str) -> None:
        self.texts, self.asked, self.away = texts, 0, False
        self.clock, self.takes_s = Clock(), 0.0

    def schema(self, name: str, timeout_s: float) -> Registered | None:
        """See SchemaSource."""
        self.asked += 1
        self.clock.now += min(self.takes_s, timeout_s)
        if self.away or self.takes_s > timeout_s:
            raise RegistryUnavailableError("away")
        return Registered(self.texts[name]) if name in self.texts else None


def made(source: Source) -> tuple[Schemas[int], Clock]:
    """Return schemas that are numbers."""
    return Schemas(source, lambda registered: int(registered.text), TIMEOUT_S, source.clock), source.clock


def test_a_schema_is_asked_for_once() -> None:
    """However many records name it."""
    source = Source(a="7")
    schemas, _ = made(source)
    assert [schemas.get("a") for _ in range(100)] == [7] * 100
    assert source.asked == 1


def test_an_unknown_schema_is_asked_for_again_later() -> None:
    """Its records are malformed; once it is registered, they are read."""
    source = Source()
    schemas, clock = made(source)
    for _ in range(100):
        with pytest.raises(MalformedMessageError, match="no schema a"):
            schemas.get("a")
    assert source.asked == 1
    source.texts["a"] = "7"
    clock.now += UNKNOWN_S + 1
    assert schemas.get("a") == 7


@pytest.mark.robustness("a service that does not answer")
def test_a_registry_that_is_away_costs_a_batch_one_call() -> None:
    """Thousands of records do not each wait for it, and what is known goes on."""
    source = Source(a="7")
    schemas, clock = made(source)
    schemas.get("a")
    source.away = True
    for name in map(str, range(1_000)):
        with pytest.raises(RegistryUnavailableError):
            schemas.get(name)
    assert source.asked == 2
    assert schemas.get("a") == 7
    source.away, source.texts["b"] = False, "8"
    clock.now += AWAY_S + 1
    assert schemas.get("b") == 8


@pytest.mark.robustness("input of any shape")
def test_invented_ids_cost_a_bounded_number_of_calls() -> None:
    """Whoever may produce cannot make the function ask without end; later a true schema is read again."""
    source = Source()
    schemas, clock = made(source)
    for name in map(str, range(1_000)):
        with pytest.raises((MalformedMessageError, RegistryUnavailableError)):
            schemas.get(name)
    assert source.asked == MOST_ASKED
    source.texts["a"] = "7"
    clock.now += WITHIN_S + 1
    assert schemas.get("a") == 7


def test_a_schema_that_cannot_be_parsed_is_named() -> None:
    """Its records are malformed, and the schema's text is not told."""
    schemas, _ = made(Source(a="SECRET"))
    with pytest.raises(MalformedMessageError, match="schema a cannot be parsed") as raised:
        schemas.get("a")
    assert "SECRET" not in str(raised.value)


def test_what_is_remembered_is_bounded() -> None:
    """The oldest schema is forgotten, and asked for again when it is needed."""
    source = Source(**{str(n): str(n) for n in range(MOST_SCHEMAS + 2)})
    schemas, clock = made(source)
    for name in source.texts:
        clock.now += WITHIN_S
        schemas.get(name)
    before = source.asked
    assert schemas.get(str(MOST_SCHEMAS + 1)) == MOST_SCHEMAS + 1
    assert source.asked == before
    clock.now += WITHIN_S
    schemas.get("0")
    assert source.asked == before + 1


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("takes_s", [0.01, 0.5, 1.0, 2.9, 3.0, 3.1, 60.0])
def test_a_slow_registry_takes_no_more_of_an_invocation_than_its_time(takes_s: float) -> None:
    """However long each answer takes and however many schemas a batch names; what came is known the next time."""
    source = Source(**{str(n): str(n) for n in range(1_000)})
    schemas, clock = made(source)
    source.takes_s = takes_s
    for invocation in range(1, 4):
        began = clock.now
        for name in source.texts:
            with suppress(RegistryUnavailableError):
                schemas.get(name)
        assert clock.now - began <= TIMEOUT_S + 1e-6
        known = sum(name in schemas._known for name in source.texts)
        assert known >= (invocation if takes_s <= TIMEOUT_S else 0)
        clock.now += WITHIN_S + AWAY_S
