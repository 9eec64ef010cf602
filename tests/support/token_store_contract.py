"""What every store of reserved tokens promises; each test takes an empty store."""

from concurrent.futures import ThreadPoolExecutor

from comboio.rate_limit.store import TokenStore

EXPIRES = 1_795_360_200


class TokenStoreContract:
    """Inherit it, and give a fixture `store`."""

    def test_a_window_has_its_tokens_once(self, store: TokenStore) -> None:
        """Reservations get what they ask for, the last one what is left, and later ones nothing."""
        granted = [store.reserve("a", 7, 4, 10, EXPIRES) for _ in range(4)]
        assert granted == [4, 4, 2, 0]

    def test_nobody_gets_more_than_there_is(self, store: TokenStore) -> None:
        """Who asks for more than a window has gets all of it, and no more; who asks for nothing gets nothing."""
        assert store.reserve("a", 7, 0, 10, EXPIRES) == 0
        assert store.reserve("a", 7, 99, 10, EXPIRES) == 10
        assert store.reserve("a", 7, 1, 10, EXPIRES) == 0

    def test_windows_and_destinations_do_not_touch(self, store: TokenStore) -> None:
        """The tokens of another window, earlier or later, or of another destination, are as they were."""
        assert store.reserve("a", 7, 10, 10, EXPIRES) == 10
        assert [store.reserve("a", window, 10, 10, EXPIRES) for window in (8, 6)] == [10, 10]
        assert store.reserve("b", 7, 10, 10, EXPIRES) == 10

    def test_a_rate_that_is_lowered_counts_what_is_reserved(self, store: TokenStore) -> None:
        """A new table with a lower rate grants nothing of a window that already has as much."""
        assert store.reserve("a", 7, 8, 10, EXPIRES) == 8
        assert store.reserve("a", 7, 1, 5, EXPIRES) == 0

    def test_of_many_at_once_the_tokens_are_shared(self, store: TokenStore) -> None:
        """However many reserve at the same moment, together they get no more than the window has."""
        with ThreadPoolExecutor(8) as pool:
            granted = list(pool.map(lambda _: store.reserve("a", 7, 3, 20, EXPIRES), range(24)))
        assert sum(granted) <= 20
        assert sum(granted) + store.reserve("a", 7, 20, 20, EXPIRES) == 20
