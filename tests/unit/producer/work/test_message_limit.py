"""The message limit: never more than allowed, however many claim at once."""

from concurrent.futures import ThreadPoolExecutor

from producer.work.message_limit import MessageLimit


def test_threads_together_get_exactly_the_limit() -> None:
    """Nothing is granted twice and nothing is left over."""
    limit = MessageLimit(10_000)

    def claim_all() -> int:
        total = 0
        while granted := limit.claim(7):
            total += granted
        return total

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: claim_all(), range(4))) == 10_000


def test_no_limit_grants_everything() -> None:
    """0 is no limit."""
    assert MessageLimit(0).claim(65) == 65
