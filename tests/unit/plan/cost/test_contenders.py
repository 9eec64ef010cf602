"""Bills of other ways: calculated by hand once, and put into words."""

import pytest

from plan.cost.bill import SECONDS_A_MONTH, Bill, producers
from plan.cost.contenders import Billed, bills
from plan.measured.measured import Measured
from plan.prices.prices import Prices

PRICES, MEASURED = Prices.load(), Measured.load_file()
TRAFFIC = Billed(rate=1_000, payload_bytes=200, record_bytes=350, sqs_share=1.0, message_s=30e-6)
OURS = {"Lambda": 10.0, "event pollers": 100.0, "DynamoDB": 5.0}


def found() -> dict[str, Bill]:
    """Return the bills by name."""
    return {bill.name: bill for bill in bills(PRICES, MEASURED, TRAFFIC, OURS, {"brokers": 400.0}, 1)}


def test_two_writes_for_each_message() -> None:
    """Powertools' idempotency is two writes a message: 1,000 a second are 3,285 USD a month by themselves."""
    assert found()["Powertools' way"].parts["DynamoDB"] == pytest.approx(1_000 * SECONDS_A_MONTH / 1e6 * 2 * 0.625)


def test_kinesis_bills_whole_kilobytes() -> None:
    """A record of 200 bytes is billed as 1,024; aggregated ones as they are."""
    each, together = found()["Kinesis, a record each"], found()["Kinesis, aggregated"]
    assert each.parts["data in"] / together.parts["data in"] == pytest.approx(1024 / 350)


def test_instances_are_at_least_one_a_zone() -> None:
    """Three consumers, even where one would do, and neither Lambda nor pollers."""
    parts = found()["EC2 consumers"].parts
    assert parts["instances"] == pytest.approx(3 * 0.0725 * 730)
    assert not {"Lambda", "event pollers"} & parts.keys()


def test_every_way_pays_for_producers_and_a_log() -> None:
    """No bill leaves out what all of them need: the comparison would be worth nothing."""
    for bill in found().values():
        assert bill.parts["producers"] == producers(PRICES, 1_000)
        assert {"Kafka", "stream"} & bill.parts.keys()


def test_a_million_messages_cost_their_share() -> None:
    """The price of a million is the month's bill over the month's millions."""
    assert Bill("x", {"a": SECONDS_A_MONTH / 1e6}).per_million(1.0) == pytest.approx(1.0)
