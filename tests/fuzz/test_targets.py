"""What `make fuzz` does for minutes, for a moment: the same inputs each time, made of the seeds by tokens."""

from random import Random

import pytest

from tests.fuzz.known import TARGETS, target
from tests.fuzz.mutation import mutated
from tests.fuzz.target import CANARY, BrokenPromiseError, keep_secret, only, promised
from tests.support.examples import examples

INPUTS = examples(300)


@pytest.mark.robustness("whatever a fuzzer makes of a good input")
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_keeps_its_promise(name: str) -> None:
    """Any input is taken or refused by the documented error, and no text for people has its content."""
    chosen = target(name)
    random = Random(name)
    for seed in chosen.seeds:
        chosen.check(seed)
    for number in range(INPUTS):
        data = mutated(chosen.seeds[number % len(chosen.seeds)], random, chosen.words, chosen.most_bytes)
        try:
            chosen.check(data)
        except Exception as error:
            raise AssertionError(f"{name} breaks its promise with {data!r}") from error


@pytest.mark.parametrize(
    ("raised", "found"),
    [
        (ValueError("line 3 is none"), None),
        (ValueError(f"{CANARY} is none"), BrokenPromiseError),
        (ValueError(" "), BrokenPromiseError),
        (KeyError("x"), KeyError),
    ],
)
def test_only_documented_errors_without_content_pass(raised: Exception, found: type[Exception] | None) -> None:
    """An error of another kind, one that says nothing, and one that quotes the content are findings."""
    if found is None:
        with only(ValueError):
            raise raised
        return
    with pytest.raises(found), only(ValueError):
        raise raised


def test_what_an_error_was_made_of_is_read_too() -> None:
    """A traceback shows the error before it, unless it was suppressed."""

    def fail(*, suppressed: bool) -> None:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            if suppressed:
                raise ValueError("none") from None
            raise ValueError("none") from error

    with only(ValueError):
        fail(suppressed=True)
    with pytest.raises(BrokenPromiseError), only(ValueError):
        fail(suppressed=False)


def test_a_broken_promise_is_told() -> None:
    """What does not hold, and a text with the content in it, are findings."""
    promised([1], "holds")
    keep_secret(["nothing"])
    with pytest.raises(BrokenPromiseError, match="does not hold"):
        promised([], "does not hold")
    with pytest.raises(BrokenPromiseError):
        keep_secret(["", CANARY])


def test_a_seed_makes_the_same_inputs() -> None:
    """So a finding of the tests is found again, and inputs stay within their size."""
    data = b'{"a": [1, "x"], "b": null}'
    made = [mutated(data, Random(seed), [b'"word"'], 40) for seed in range(200)]
    assert made == [mutated(data, Random(seed), [b'"word"'], 40) for seed in range(200)]
    assert max(map(len, made)) <= 40 and len(set(made)) > 150
