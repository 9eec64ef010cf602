"""The profiles of the examples: each leads to advice that a reviewer can follow, in the sentences that decide."""

from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from plan.advice import advice
from plan.command import run
from plan.plan import Plan, Sources, make_plan
from plan.prices.brokers import Brokers
from plan.prices.prices import Prices
from plan.profile.file import ProfileError, load
from tests.support.traffic import MEASURED

PROFILES = Path(__file__).parents[3] / "examples" / "profiles"
SENTENCES = {
    "fleet": [
        "13 partitions at 1,000 msg/s: the product holds",
        "By `codigo` the hottest of 13 partitions would get 5,1",
        "12 it is, for isolation; 13 do not divide among three brokers",
        "By `codigo` it would be 4.59 times",
        "leaves no lag in mt-c400",
        "3 x kafka.m7g.large",
    ],
    "one-code-60": [
        "! `codigo` keeps the order that is asked for, and its hottest partition gets 36,000 msg/s at the peak",
        "No number of partitions helps, since a key is never divided: bucket(",
        "gives up the order of the code across trucks",
    ],
    "tiny": ["3, decided by brokers", "Kafka is the cost at this rate", "would cost 112"],
    "large": ["36, decided by hottest key", "By `codigo` it would be 14.20 times", "12 x kafka.m7g.large"],
    "bursts": [
        "10 times the rate leaves no lag in mt-c400",
        "`truck_id`: the hottest of 12 partitions gets 1.08 times",
    ],
    "slow-destination": [
        "! It takes 200 msg/s and is sent 300: 8,640,000 messages more wait every day",
        "No partition and no environment changes that",
        "an environment does 9",
        "level up to 2,000 msg/s in all",
    ],
}


@cache
def planned(name: str) -> Plan:
    """Plan for an example."""
    return make_plan(load(PROFILES / f"{name}.toml"), Sources(MEASURED, Prices.load(), Brokers.load()))


def test_every_example_is_held_to_sentences() -> None:
    """A profile that is added here gets sentences, too."""
    assert {path.stem for path in PROFILES.glob("*.toml")} == SENTENCES.keys()


@pytest.mark.parametrize("name", SENTENCES)
def test_the_advice_has_the_sentences_that_decide(name: str) -> None:
    """A reviewer finds the reason for each number in words."""
    text = "\n".join(f"{'! ' if each.warning else ''}{each.text}" for each in advice(planned(name)))
    assert [sentence for sentence in SENTENCES[name] if sentence not in text] == []


def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    """A profile, and another beside it, become a page, a topics file and parameters."""
    console = Console(record=True, width=120)
    arguments = [str(PROFILES / "tiny.toml"), "--against", str(PROFILES / "bursts.toml"), "--output", str(tmp_path)]
    assert run(arguments, console) == 0
    text = console.export_text()
    assert "Side by side" in text
    assert "A month's bill" in text
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "topics.toml", "samconfig.toml"}


def test_a_wrong_profile_ends_the_command_before_anything_is_written(tmp_path: Path) -> None:
    """The error reaches the caller, and nothing was made."""
    with pytest.raises(ProfileError):
        run([str(tmp_path / "none.toml"), "--output", str(tmp_path / "out")], Console(quiet=True))
    assert not (tmp_path / "out").exists()
