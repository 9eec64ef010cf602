"""When batches leave a destination to the drainer."""

from dispatcher.send.slowness import FIRST_LEFT_S, LONGEST_LEFT_S, Slowness


def test_a_slow_destination_is_left_for_a_while_and_then_tried() -> None:
    """After slow calls batches leave it alone, longer each time it is found slow again, up to a maximum."""
    slowness, now, waits = Slowness(), 0.0, list[float]()
    for _ in range(6):
        slowness.took([2.0, 3.0, 0.1], 1.0, now)
        began = now
        while slowness.left(now):
            now += 1.0
        waits.append(now - began)
    assert waits[:2] == [FIRST_LEFT_S, 2 * FIRST_LEFT_S] and waits[-1] == LONGEST_LEFT_S


def test_a_few_slow_calls_are_no_slow_destination() -> None:
    """One call in a hundred that takes long, or no call at all, leaves everything as it is."""
    slowness = Slowness()
    slowness.took([0.01] * 99 + [9.0], 1.0, 0.0)
    slowness.took([], 1.0, 0.0)
    assert not slowness.left(0.0)


def test_a_destination_that_is_fast_again_starts_over() -> None:
    """Its next slow batch counts as the first."""
    slowness = Slowness()
    slowness.took([2.0], 1.0, 0.0)
    slowness.took([2.0], 1.0, 100.0)
    slowness.took([0.1], 1.0, 300.0)
    slowness.took([2.0], 1.0, 301.0)
    assert slowness.left(301.0 + FIRST_LEFT_S - 1) and not slowness.left(301.0 + FIRST_LEFT_S)
