"""A plan follows from its profile: more traffic never asks for less, and what is impossible is said."""

from dataclasses import replace

import pytest

from comboio.contract.partition_key import KeyStrategy
from plan.advice import advice
from plan.command import scaled
from plan.plan import Plan, Sources, make_plan
from plan.prices.brokers import Brokers
from plan.prices.prices import Prices
from plan.profile.profile import CodeShare, Guess, Kind, Order, Profile, TopicTraffic, Trucks
from plan.sizing.partitions import TooManyPartitionsError
from tests.support.traffic import MEASURED, destination, pareto, profile

SOURCES = Sources(MEASURED, Prices.load(), Brokers.load())


def planned(given: Profile) -> Plan:
    """Plan with the shipped prices and figures."""
    return make_plan(given, SOURCES)


def warnings(plan: Plan) -> str:
    """Return all warnings as one text."""
    return "\n".join(f"{each.about}: {each.text}" for each in advice(plan) if each.warning)


def test_more_traffic_never_needs_less() -> None:
    """Partitions, pollers, units, brokers' price and the bill rise with the rate, or stay."""
    plans = [planned(profile(rate=rate)) for rate in (100, 1_000, 13_000, 130_000, 1_300_000)]
    for figures in (
        [plan.busiest.partitions.count for plan in plans],
        [plan.busiest.pollers.maximum for plan in plans],
        [plan.units for plan in plans],
        [plan.clusters[0].total for plan in plans],
        [plan.bill.total for plan in plans],
    ):
        assert figures == sorted(figures)


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    ("asked", "need"),
    [
        ({"outage_s": 2_592_000.0, "catch_up_s": 0.06}, "catching up"),
        ({"rate": 100_000_000.0, "burst": 1000.0, "growth": 100.0}, "bytes"),
        ({"rate": 100_000_000.0, "payload_bytes": 1_048_576}, "bytes"),
    ],
    ids=["catching up", "burst", "bytes"],
)
def test_what_no_cluster_carries_is_said_at_once(asked: dict[str, float], need: str) -> None:
    """A profile within the bounds of each of its numbers may ask for billions of partitions, and none is made."""
    with pytest.raises(TooManyPartitionsError, match=rf"partitions for {need}"):
        planned(replace(profile(rate=1_000), **asked))  # type: ignore[arg-type]  # by their names


def test_other_rates_are_shown_as_far_as_a_cluster_carries_them() -> None:
    """The table of other rates ends where a cluster does, and does not keep the plan from being made."""
    plan = planned(replace(profile(rate=1_000), outage_s=2_592_000.0, catch_up_s=86_400.0, growth=50.0))
    assert [rate for rate, _ in scaled(plan, SOURCES)] == [1_000, 13_000, 130_000]


@pytest.mark.parametrize(
    ("order", "key"),
    [
        (Order.CODE, KeyStrategy.CODIGO),
        (Order.TRUCK, KeyStrategy.TRUCK_ID),
        (Order.TRUCK_AND_CODE, KeyStrategy.CODIGO_TRUCK_ID),
        (Order.NONE, KeyStrategy.CODIGO_TRUCK_ID),
    ],
)
def test_the_key_keeps_the_order_that_is_asked_for(order: Order, key: KeyStrategy) -> None:
    """No plan gives up an order to spread better; it says what that costs instead."""
    assert planned(profile(order=order)).busiest.spread.strategy is key


def test_a_key_that_no_partition_holds_is_a_warning() -> None:
    """One code of 60% at 40,000 a second, in order as a whole: the plan says that no number of partitions helps."""
    codes = [CodeShare(301, 0.6), *(CodeShare(code, 0.1) for code in range(302, 306))]
    plan = planned(profile(rate=40_000, trucks=Trucks(2_000), order=Order.CODE, topics=[TopicTraffic("t", codes)]))
    assert "No number of partitions helps" in warnings(plan)
    assert "bucket(" in warnings(plan)
    assert plan.busiest.partitions.count <= 24


def test_the_partitions_are_the_strongest_need_rounded_up() -> None:
    """No need is left unmet by the number that is chosen."""
    for plan in (planned(profile(rate=rate)) for rate in (10, 13_000, 400_000)):
        for topic in plan.topics:
            assert topic.partitions.count >= max(need.partitions for need in topic.partitions.needs)
            assert topic.partitions.count % 3 == 0


def test_slow_destinations_take_more_partitions() -> None:
    """What an environment waits for, a partition waits for too."""
    slow = destination(kind=Kind.WEBHOOK, latency_ms=500, batch=1, concurrency=8)
    quick, waiting = planned(profile()), planned(profile(destinations=[slow]))
    assert waiting.service.slowest == "telemetry"
    assert waiting.busiest.partitions.count > quick.busiest.partitions.count


def test_a_destination_that_is_sent_more_than_it_takes_is_a_warning() -> None:
    """Its backlog is named in messages a day, and so is the rate at which it would be level."""
    plan = planned(profile(rate=1_000, destinations=[destination(name="partner", max_per_s=200)]))
    assert "69,120,000 messages more wait every day" in warnings(plan)
    assert "level up to 200 msg/s in all" in warnings(plan)


def test_an_aim_that_cannot_be_met_is_a_warning() -> None:
    """A latency below what polling takes is not promised."""
    assert "cannot be promised" in warnings(planned(profile(latency_s=0.2)))


def test_bigger_messages_make_smaller_batches() -> None:
    """A batch ends at 6 MB: 10,000 of 200 bytes, far fewer of 20 KB."""
    assert planned(profile()).service.most_records == 10_000
    assert planned(profile(payload_bytes=20_000, rate=100)).service.most_records == 222


def test_a_claim_for_each_message_is_billed() -> None:
    """`idempotency = "event"` costs a write a message, which the bill shows as DynamoDB's."""
    without, with_claims = planned(profile()), planned(profile(event_idempotency=1.0))
    assert with_claims.bill.parts["DynamoDB"] > 100 * without.bill.parts["DynamoDB"]


def test_a_guess_is_judged() -> None:
    """The fleet's guess of 13 partitions: the product is right, the reason is not, and the number is another one."""
    plan = planned(profile(guess=Guess(13, 1_000)))
    judged = next(each.text for each in advice(plan) if each.about == "the guess")
    assert "the product holds" in judged
    assert "the reason does not" in judged
    assert "do not divide among three brokers" in judged
    less = planned(profile(guess=Guess(5, 1_000)))
    assert "the product does not hold" in next(each.text for each in advice(less) if each.about == "the guess")


def test_topics_are_planned_one_by_one() -> None:
    """Traffic is divided among the topics, and each gets partitions of its own."""
    codes = pareto()
    split = [TopicTraffic("a", codes[:2]), TopicTraffic("b", codes[2:])]
    plan = planned(replace(profile(), topics=split))
    assert sum(topic.rate for topic in plan.topics) == pytest.approx(13_000)
    assert {topic.topic.name for topic in plan.topics} == {"a", "b"}
