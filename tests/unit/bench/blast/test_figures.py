"""The figures of the blast benchmark, from what a scenario left behind."""

from dataclasses import replace

from bench.blast.figures import Arrival, Observed, figures_of
from bench.blast.receipt import Receipt
from bench.blast.scenario import Mode, Scenario
from consumer.inflight.inflight import RetryMode


def receipt(offset: int, at: float) -> Receipt:
    """Return what the partner took."""
    return Receipt(f"3f9a/mt-c400-3:{offset}@17", f"e{offset}", "302/T-1", 302, at)


SOUND = Observed(
    scenario=Scenario(Mode.DEAD, RetryMode.LOWEST),
    acked={f"e{offset}": ("mt-c400-3", offset) for offset in range(6)},
    healthy=[Arrival(f"e{offset}", 10.0 + offset, 10.5 + offset) for offset in range(4)],
    receipts=[receipt(4, 21.0), receipt(5, 22.0)],
    letters=[],
    held=set(),
    poison_id="",
    last_ack=20.0,
    well_at=20.5,
    lag=100,
    lag_left=0,
    rate=100,
    drain_s=3.0,
)
"""Four messages for healthy queues, and two that the partner took after it was well again."""

BASELINE = figures_of(replace(SOUND, scenario=Scenario(Mode.BASELINE, RetryMode.LOWEST)), None)


def test_a_sound_run_reaches_every_aim() -> None:
    """Everything in time, in order and once is what is aimed at."""
    figures = figures_of(SOUND, BASELINE)
    assert all(figures.aims.values())
    assert (figures.healthy_ratio, figures.lag_s, figures.delivered_after, figures.lost) == (1.0, 1.0, 2, 0)


def test_a_healthy_message_that_came_late_lowers_the_ratio() -> None:
    """What was produced well before the end, and was in its queue only after it, was held up."""
    late = [*SOUND.healthy[:3], Arrival("e3", 13.0, 20.1)]
    figures = figures_of(replace(SOUND, healthy=late), BASELINE)
    assert figures.healthy_ratio == 0.75
    assert not figures.aims["healthy_ratio"]


def test_a_message_that_was_just_produced_is_not_expected() -> None:
    """The window of a batch is no damage that the partner does."""
    late = [*SOUND.healthy[:3], Arrival("e3", 19.0, 20.1)]
    assert figures_of(replace(SOUND, healthy=late), BASELINE).healthy_ratio == 1.0


def test_what_is_nowhere_is_lost() -> None:
    """A message in no queue, no hold message and no letter, with Kafka read to its end, is lost."""
    figures = figures_of(replace(SOUND, receipts=SOUND.receipts[:1]), BASELINE)
    assert (figures.lost, figures.left) == (1, 0)
    assert not figures.aims["lost"]


def test_what_waits_is_left_and_not_lost() -> None:
    """A message in the hold queue, or not yet read from Kafka, is there, but the run did not end well."""
    held = figures_of(replace(SOUND, receipts=SOUND.receipts[:1], held={("mt-c400-3", 5)}), BASELINE)
    unread = figures_of(replace(SOUND, receipts=SOUND.receipts[:1], lag_left=1), BASELINE)
    assert (held.lost, held.left, unread.lost, unread.left) == (0, 1, 0, 1)
    assert not held.aims["left"]


def test_the_dlq_is_to_have_exactly_the_poison() -> None:
    """Another letter beside the poison, the poison alone missing, or any letter without poison misses the aim."""
    poison = replace(SOUND, scenario=Scenario(Mode.POISON, RetryMode.LOWEST), poison_id="3f9a/mt-c400-3:5@17")
    exact = replace(poison, receipts=SOUND.receipts[:1], letters=[("mt-c400-3", 5)])
    assert figures_of(exact, BASELINE).dlq_expected
    assert not figures_of(replace(exact, letters=[("mt-c400-3", 5), ("mt-c400-3", 4)]), BASELINE).dlq_expected
    assert not figures_of(replace(exact, letters=[]), BASELINE).dlq_expected
    assert not figures_of(replace(exact, poison_id="", letters=[]), BASELINE).dlq_expected
    assert not figures_of(replace(SOUND, letters=[("mt-c400-3", 5)]), BASELINE).dlq_expected


def test_a_copy_in_a_healthy_queue_is_never_explained() -> None:
    """Nothing crashes in these runs, so no record goes to a healthy queue twice."""
    figures = figures_of(replace(SOUND, healthy=[*SOUND.healthy, SOUND.healthy[0]]), BASELINE)
    assert (figures.twice, figures.twice_explained) == (1, 0)
    assert not figures.aims["twice"]
