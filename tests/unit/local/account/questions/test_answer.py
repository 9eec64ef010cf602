"""What a report says of a question."""

import pytest

from consumer.conformance.deployed import Delivery
from consumer.conformance.situations import SITUATIONS
from local.account.questions.answer import answers

PARTIAL = next(each for each in SITUATIONS if each.name == "partial")
COMMITTED = {"t-0": 6}


def seen(*batches: list[int]) -> list[Delivery]:
    """Return deliveries, half a second apart."""
    return [Delivery(1_000 + 500 * n, [("t-0", offset) for offset in batch]) for n, batch in enumerate(batches)]


@pytest.mark.parametrize(
    ("batches", "again", "later"),
    [
        (([0, 1, 2], [3, 4, 5], [1]), "the failed record", "go on before"),
        (([0, 1, 2], [1, 2], [3, 4, 5]), "all from", "wait for"),
    ],
)
def test_an_answer_is_a_reading_and_what_was_delivered_when(
    batches: tuple[list[int], ...], again: str, later: str
) -> None:
    """Whoever doubts the reading sees by what it was told."""
    first, second = answers(PARTIAL, "t", seen(*batches), COMMITTED)
    assert again in first.reading and later in second.reading
    assert first.told == first.reading
    assert first.deliveries == [f"{n / 2:.1f} s: {', '.join(map(str, batch))}" for n, batch in enumerate(batches)]


def test_what_was_not_seen_is_no_reading() -> None:
    """Batches that tell nothing are shown, and so is that there were none."""
    for each in answers(PARTIAL, "t", seen([0], [1], [2]), COMMITTED):
        assert each.reading == ""
        assert each.told == "not seen: 0.0 s: 0; 0.5 s: 1; 1.0 s: 2"
    assert {each.told for each in answers(PARTIAL, "t", [], {"t-0": 0})} == {"not seen: nothing was delivered"}
