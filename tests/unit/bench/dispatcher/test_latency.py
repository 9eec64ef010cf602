"""Latencies of answers."""

from bench.dispatcher.latency import LATE_S, Realistic


def test_realistic_answers_are_distributed_as_said() -> None:
    """The median is 5 ms, one in a hundred takes 40 ms or longer, one in a thousand half a second."""
    latency = Realistic(seed=1)
    drawn = sorted(latency() for _ in range(100_000))
    assert 0.0049 < drawn[50_000] < 0.0051
    assert 0.036 < drawn[99_000] < 0.046
    assert 60 < drawn.count(LATE_S) < 140


def test_a_seed_gives_the_same_latencies() -> None:
    """Each contender meets the same ones."""
    first, second = Realistic(seed=7), Realistic(seed=7)
    assert [first() for _ in range(50)] == [second() for _ in range(50)]
