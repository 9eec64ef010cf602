"""What a sample has stands in place of what a profile guesses, and the plan says which is which."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from comboio.contract.partition_key import KeyStrategy
from plan.advice import advice
from plan.command import run
from plan.keys.placement import MOST_TRUCKS, senders, shares, skew
from plan.plan import Sources, make_plan
from plan.prices.brokers import Brokers
from plan.prices.prices import Prices
from plan.profile.file import ProfileError, load
from plan.profile.from_sample import measured
from plan.profile.profile import CodeShare, Order, Trucks
from plan.sample.sample import Sample
from tests.support.traffic import MEASURED, profile

PROFILES = Path(__file__).parents[4] / "examples" / "profiles"


def sample(**changes: int) -> Sample:
    """Return 1,000 messages of 300 bytes from trucks, `hot` of them from one."""
    given = {"trucks": 50, "hot": 20} | changes
    rest = given["trucks"] - 1
    trucks = Counter({"T-hot": given["hot"], **{f"T-{n}": (1000 - given["hot"]) // rest for n in range(rest)}})
    return Sample("messages.jsonl", Counter({301: 900, 340: 100}), trucks, 1000, 300_000)


def test_codes_sizes_and_trucks_come_from_the_sample() -> None:
    """The profile's guesses of them are gone, its rate and needs stay, and the text names both."""
    found = load(PROFILES / "fleet.toml", sample())
    assert {code.codigo: code.share for code in found.codes} == {301: 0.9, 340: 0.1}
    assert (found.payload_bytes, found.trucks.count, found.rate) == (300, 50, 13_000)
    assert found.measurement is not None
    for part in (
        "1,000 messages of messages.jsonl give 2 codes and their shares",
        "300 bytes of a payload (the profile guessed 200)",
        "50 trucks, the heaviest with 2.00% of the messages (the profile guessed 2,000",
        "From the profile: rate, bursts and needs.",
    ):
        assert part in found.measurement.text


def test_what_a_sample_does_not_have_stays_the_profiles() -> None:
    """Counts by code say nothing of sizes and trucks, and the text says that these are guesses."""
    found = measured(profile(), Sample("counts.csv", Counter({301: 10})))
    assert (found.payload_bytes, found.trucks) == (200, Trucks(100))
    assert found.measurement is not None
    assert "From the profile: rate, bursts and needs, bytes, trucks." in found.measurement.text


def test_too_few_messages_a_truck_are_no_shares() -> None:
    """A thousand messages of five hundred trucks differ by chance: the trucks stay the profile's."""
    found = measured(profile(), sample(trucks=500))
    assert found.trucks == Trucks(100)
    assert found.measurement is not None
    assert "trucks (500 seen, too few messages of each)" in found.measurement.text


def test_a_hot_truck_makes_a_hot_partition_by_its_key() -> None:
    """A truck with a third of the messages is seen in the skew of `truck_id`, and the advice names it."""
    given = replace(measured(profile(), sample(hot=330)), order=Order.TRUCK)
    found = shares([CodeShare(301, 1.0)], given.trucks, KeyStrategy.TRUCK_ID, 12)
    assert max(found) >= 0.33
    assert skew(found) > 2 * skew(shares([CodeShare(301, 1.0)], Trucks(50), KeyStrategy.TRUCK_ID, 12))
    said = {
        each.about: each.text for each in advice(make_plan(given, Sources(MEASURED, Prices.load(), Brokers.load())))
    }
    assert said["the heaviest truck"].startswith("T-hot sends 34.1% of all messages")
    assert "the sample" in said


def test_of_many_trucks_no_traffic_is_lost() -> None:
    """Beyond the trucks that are placed one by one, the rest is dealt to them, and the heaviest stays the heaviest."""
    many = 3 * MOST_TRUCKS
    trucks = Trucks(many, (("T-hot", 0.4), *((f"T-{n}", 0.6 / (many - 1)) for n in range(many - 1))))
    found = senders(trucks)
    assert sum(share for _, share in found) == pytest.approx(1)
    assert found[0][1] == pytest.approx(0.4, abs=0.001)


def test_a_sample_without_a_topics_codes_is_one_clear_line() -> None:
    """The fault is told as the profile's, which names the topic."""
    with pytest.raises(ProfileError, match="the topic 'mt-c300' gets no message"):
        load(PROFILES / "fleet.toml", Sample("counts.csv", Counter({301: 1})))


def test_the_command_takes_a_sample(tmp_path: Path) -> None:
    """`SAMPLE=` changes the plan, and the page says what came from it."""
    path = tmp_path / "counts.csv"
    path.write_text("codigo,count\n301,9\n340,1\n", encoding="utf-8")
    arguments = [str(PROFILES / "tiny.toml"), "--sample", str(path), "--output", str(tmp_path / "out")]
    assert run(arguments, Console(quiet=True)) == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "10 messages of" in page
    assert "2 codes and their shares" in page
