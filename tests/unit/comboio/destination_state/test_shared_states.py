"""The states as environments use them: when they are read and written, and what holds for the fleet."""

from collections.abc import Iterable

import pytest

from comboio.destination_state.memory import MemoryStateStore
from comboio.destination_state.shared_states import READ_EVERY_MS, SharedStates
from comboio.destination_state.state import Permission, SharedState, View, paused, see
from comboio.destination_state.store import destination_item, route_item
from comboio.errors import ServiceError

NOW = 1_795_359_600_000


class Store(MemoryStateStore):
    """A store that counts, can be away, and can lose the reply of its next write."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[list[str]] = []
        self.writes = 0
        self.away = self.lose = False

    def read(self, items: Iterable[str], *, within_s: float = 1.0) -> dict[str, SharedState]:
        """See StateStore."""
        self.reads.append(list(items))
        if self.away:
            raise ServiceError("DynamoDB is away.")
        return super().read(self.reads[-1])

    def write(self, item: str, state: SharedState, *, within_s: float = 1.0) -> tuple[bool, SharedState]:
        """See StateStore."""
        self.writes += 1
        if self.away:
            raise ServiceError("DynamoDB is away.")
        told = super().write(item, state)
        if self.lose:
            self.lose = False
            raise ServiceError("The reply was lost.")
        return told


def fleet(size: int) -> tuple[Store, list[SharedStates]]:
    """Make a store, and environments that read it at NOW."""
    store = Store()
    environments = [SharedStates(store, f"env-{number}") for number in range(size)]
    for each in environments:
        each.refresh(["a"], [], NOW)
    return store, environments


def test_all_items_are_one_read_a_second_at_most() -> None:
    """Destinations and routes are read together; again after a second, for a new name, or a clock set back."""
    store = Store()
    states = SharedStates(store, "env")
    for now in (NOW, NOW + 1, NOW + READ_EVERY_MS - 1):
        states.refresh(["a", "b"], ["r"], now)
    assert store.reads == [[destination_item("a"), destination_item("b"), route_item("r")]]
    states.refresh(["a", "b"], ["r"], NOW + READ_EVERY_MS)
    assert len(store.reads) == 2
    states.refresh(["a", "b", "c"], ["r"], NOW + READ_EVERY_MS + 1)
    assert len(store.reads) == 3
    states.refresh(["a"], [], NOW - 10**6)
    assert len(store.reads) == 4


def test_none_is_older_than_a_second_because_others_were_read() -> None:
    """Batches with other destinations, which come in between, do not pass for a look at these."""
    store = Store()
    one, two = SharedStates(store, "env"), SharedStates(store, "operator")
    one.refresh(["a"], [], NOW)
    one.refresh(["b"], [], NOW + 900)
    two.opened("a", NOW + 950)
    one.refresh(["b"], [], NOW + 1_950)
    one.refresh(["a"], [], NOW + 2_000)
    assert one.permission("a", NOW + 2_000) is not Permission.SEND


def test_nothing_routed_is_nothing_read() -> None:
    """Where there are no names there is no read."""
    store = Store()
    SharedStates(store, "env").refresh([], [], NOW)
    assert store.reads == []


def test_one_finds_out_and_all_know() -> None:
    """A circuit that one environment opens is open for all after their next read, and closed after one probe."""
    _, (one, two, three) = fleet(3)
    one.opened("a", NOW)
    for each in (two, three):
        assert each.permission("a", NOW) is Permission.SEND
        each.refresh(["a"], [], NOW + READ_EVERY_MS - 10)
        each.refresh(["a"], [], NOW + READ_EVERY_MS)
    assert two.permission("a", NOW + READ_EVERY_MS) is Permission.PROBE  # the pause is as long as the read's age
    granted = [each.try_probe("a", NOW + READ_EVERY_MS, NOW + 9_000) for each in (two, three, one)]
    assert granted == [True, False, False]
    two.closed("a", NOW + 2_000)
    for each in (one, three):
        each.refresh(["a"], [], NOW + 3_000)
        assert each.permission("a", NOW + 3_000) is Permission.SEND


def test_many_that_find_out_at_once_open_it_once() -> None:
    """However many environments see a destination fail in the same second, its first pause is not doubled."""
    store, environments = fleet(12)
    for number, each in enumerate(environments):
        each.opened("a", NOW + number)
    assert store.read([destination_item("a")])[destination_item("a")].pause_ms == 1_000
    assert {each.permission("a", NOW + 20) for each in environments} == {Permission.WAIT}


def test_only_changes_are_written() -> None:
    """A thousand successes, failures of an open circuit and answers of a throttling destination are a few writes."""
    store, (states,) = fleet(1)
    for _ in range(1_000):
        states.closed("a", NOW)
    assert store.writes == 0
    for _ in range(1_000):
        states.opened("a", NOW)
    assert store.writes == 1
    for _ in range(1_000):
        states.throttled("a", NOW, 30_000)
    assert store.writes == 2


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_an_end_after_somebody_elses_change_still_counts() -> None:
    """A probe's answer is not lost because the state changed for another reason while it was out."""
    _, (one, two) = fleet(2)
    one.opened("a", NOW)
    assert one.try_probe("a", NOW + 1_000, NOW + 9_000)
    two.refresh(["a"], [], NOW + 1_000)
    two.throttled("a", NOW + 1_001, 5_000)
    one.closed("a", NOW + 1_500)
    two.refresh(["a"], [], NOW + 2_100)
    assert two.permission("a", NOW + 2_100) is Permission.WAIT
    assert two.permission("a", NOW + 6_001) is Permission.SEND


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_probe_that_was_not_sent_is_given_back() -> None:
    """What was taken and not used is free for the next at once."""
    _, (one, two) = fleet(2)
    one.opened("a", NOW)
    assert one.try_probe("a", NOW + 1_000, NOW + 9_000)
    assert not one.try_probe("a", NOW + 1_000, NOW + 9_000)
    one.give_back_probe("a", NOW + 1_001)
    two.refresh(["a"], [], NOW + 1_001)
    assert two.try_probe("a", NOW + 1_001, NOW + 9_000)


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_store_that_is_away_leaves_local_knowledge() -> None:
    """Nothing is raised; each environment opens, probes and closes by itself, and later reads the truth again."""
    store, (one, two) = fleet(2)
    store.away = True
    now = NOW + READ_EVERY_MS
    for each in (one, two):
        each.refresh(["a"], [], now)
        each.opened("a", now)
        assert each.permission("a", now) is Permission.WAIT
    assert "away" in one.unreachable
    assert one.try_probe("a", now + 1_000, now + 5_000) and two.try_probe("a", now + 1_000, now + 5_000)
    one.closed("a", now + 1_100)
    assert one.permission("a", now + 1_100) is Permission.SEND
    store.away = False
    for each in (one, two):
        each.refresh(["a"], [], now + 2_000)
        assert (each.permission("a", now + 2_000), each.unreachable) == (Permission.SEND, "")


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_pause_that_is_known_holds_while_the_store_is_away() -> None:
    """An operator's pause is not forgotten because it cannot be read again."""
    store, (states,) = fleet(1)
    wanted = paused(View(), "Maria", "maintenance", NOW)
    assert wanted is not None
    store.write(destination_item("a"), wanted)
    states.refresh(["a"], [], NOW + READ_EVERY_MS)
    store.away = True
    states.refresh(["a"], [], NOW + 2 * READ_EVERY_MS)
    assert states.permission("a", NOW + 10**8) is Permission.PAUSED


def test_a_route_is_paused_by_itself() -> None:
    """A route's pause is told from a destination's of the same name."""
    store = Store()
    wanted = paused(View(), "Maria", "maintenance", NOW)
    assert wanted is not None
    store.write(route_item("a"), wanted)
    states = SharedStates(store, "env")
    states.refresh(["a"], ["a", "b"], NOW)
    assert (states.route_paused("a"), states.route_paused("b")) == (True, False)
    assert states.permission("a", NOW) is Permission.SEND


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_stale_view_does_not_undo_a_pause() -> None:
    """Who has not yet read of an operator's pause cannot write over it, and learns of it by trying."""
    store, (states,) = fleet(1)
    wanted = paused(View(), "Maria", "maintenance", NOW)
    assert wanted is not None
    store.write(destination_item("a"), wanted)
    states.opened("a", NOW + 1)
    assert states.permission("a", NOW + 1) is Permission.PAUSED
    stored = store.read([destination_item("a")])[destination_item("a")]
    assert (stored.paused_by, stored.pause_ms) == ("Maria", 1_000)


def test_versions_count_the_writes() -> None:
    """Each change that is written has the next version, whoever writes it."""
    _, (one, two) = fleet(2)
    one.opened("a", NOW)
    two.refresh(["a"], [], NOW + READ_EVERY_MS)
    two.try_probe("a", NOW + READ_EVERY_MS, NOW + 9_000)
    two.closed("a", NOW + 2_000)
    assert two.state("a").state == SharedState()._replace(version=3)
    assert see(two.state("a").state, NOW).permission(NOW) is Permission.SEND


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_probe_whose_reply_was_lost_is_not_sent_until_it_is_read() -> None:
    """Who does not hear whether it has the probe does not send one; if it has it, it may take it again after a read."""
    store, (one, two) = fleet(2)
    one.opened("a", NOW)
    two.refresh(["a"], [], NOW + READ_EVERY_MS)
    store.lose = True
    assert not one.try_probe("a", NOW + 1_000, NOW + 9_000)
    store.lose = True
    assert not two.try_probe("a", NOW + 1_001, NOW + 9_000)
    one.refresh(["a"], [], NOW + 2_000)
    assert one.try_probe("a", NOW + 2_000, NOW + 9_000)
    assert not two.try_probe("a", NOW + 2_001, NOW + 9_000)
