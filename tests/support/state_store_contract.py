"""What every store of destination states promises; each test takes an empty store."""

from concurrent.futures import ThreadPoolExecutor

from comboio.destination_state.state import SharedState
from comboio.destination_state.store import StateStore

NOW = 1_795_359_600_000
A, B = "destination#a", "route#b"

FULL = SharedState(
    version=0,
    open_until=NOW + 1_000,
    pause_ms=1_000,
    probe_owner="env-1",
    probe_until=NOW + 5_000,
    probe_ms=5_000,
    retry_until=NOW + 60_000,
    retry_ms=60_000,
    paused_since=NOW,
    paused_by="Maria",
    paused_why="their maintenance, até amanhã",
)


class StateStoreContract:
    """Inherit it, and give a fixture `store`."""

    def test_an_unknown_item_has_the_empty_state(self, store: StateStore) -> None:
        """What was never written is a closed circuit of version 0, and is not left out."""
        assert store.read([A, B]) == {A: SharedState(), B: SharedState()}

    def test_nothing_asked_is_nothing_read(self, store: StateStore) -> None:
        """A read of no items returns none, whatever the service says to empty requests."""
        assert store.read([]) == {}

    def test_a_written_state_comes_back_whole(self, store: StateStore) -> None:
        """Every field is read as it was written, with the next version; other items are not touched."""
        written, stored = store.write(A, FULL)
        assert (written, stored) == (True, FULL._replace(version=1))
        assert store.read([A, B]) == {A: stored, B: SharedState()}

    def test_fields_that_go_are_gone(self, store: StateStore) -> None:
        """A later state without a pause, a probe or a reason leaves nothing of an earlier one."""
        store.write(A, FULL)
        assert store.write(A, SharedState(version=1))[0]
        assert store.read([A]) == {A: SharedState(version=2)}

    def test_a_stale_writer_loses_and_learns(self, store: StateStore) -> None:
        """Who writes over a version that is no longer stored changes nothing, and gets the state that won."""
        store.write(A, FULL)
        winner = FULL._replace(version=2, paused_by="José")
        store.write(A, winner._replace(version=1))
        for version in (0, 1, 3, 99):
            assert store.write(A, SharedState(version=version, pause_ms=7)) == (False, winner)
        assert store.read([A]) == {A: winner}

    def test_a_write_whose_reply_was_lost_can_be_made_again(self, store: StateStore) -> None:
        """The same write over the same version has succeeded, if it is the one that is stored."""
        first = store.write(A, FULL)
        assert store.write(A, FULL) == first == (True, FULL._replace(version=1))

    def test_more_items_than_one_request_takes_are_read(self, store: StateStore) -> None:
        """A table of hundreds of destinations and routes is read whole, also where an item is named twice."""
        store.write("destination#150", FULL)
        items = [f"destination#{number}" for number in range(230)]
        found = store.read([*items, "destination#150"])
        assert set(found) == set(items)
        assert [item for item, state in found.items() if state.version] == ["destination#150"]

    def test_of_many_writers_at_once_one_wins(self, store: StateStore) -> None:
        """However many write over the same version at the same moment, one is stored, and all know which."""
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda n: store.write(A, FULL._replace(probe_owner=f"env-{n}")), range(8)))
        assert sum(written for written, _ in told) == 1
        (winner,) = {state for _, state in told}
        assert store.read([A]) == {A: winner}
