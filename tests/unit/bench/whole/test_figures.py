"""What build/bench/whole.json says."""

from bench.dispatcher.figures import Row
from bench.dispatcher.measure import Case, Reading
from bench.dispatcher.tally import Counts
from bench.whole.figures import WholeFigures


def _row(contender: str, mode: str, wall_s: float, writes: int = 0) -> Row:
    reading = Reading(1_000, wall_s, wall_s, 0.0, Counts(dynamodb_writes=writes), 1.0)
    return Row(Case(contender, mode, 5.0, 1_000, 1, "TLS"), [reading])


def test_it_has_the_speeds_and_their_ratios_to_powertools() -> None:
    """By contender and mode; what a contender does not do is null."""
    rows = [
        _row("comboio", "unpacked", 0.1),
        _row("comboio", "packed", 0.05),
        _row("comboio", "event", 0.2, writes=25),
        _row("powertools", "unpacked", 20.0),
        _row("floor", "unpacked", 1.0),
    ]
    said = WholeFigures(rows, {("floor", "unpacked"): {"boto3": 1.0}}, pinned=True).to_json()
    assert said["comboio"]["msgs_per_s"] == {"unpacked": 10_000.0, "packed": 20_000.0, "event": 5_000.0}
    assert said["floor"]["msgs_per_s"] == {"unpacked": 1_000.0, "packed": None, "event": None}
    assert (said["ratio_unpacked"], said["ratio_packed"], said["event_writes_per_1000"]) == (200.0, 400.0, 25.0)
    assert said["us_per_message"] == {"floor unpacked": {"boto3": 1.0}}
