"""A purge deletes only what an inspect saw."""

import pytest

from dlq_replayer.request.confirmation import VALID_MS, check, token
from dlq_replayer.request.request import Filter, RefusedError
from tests.support.replayer import NOW, request

WANTED = Filter(codigo=(301,))


def test_a_token_confirms_its_count_and_moment() -> None:
    """A token confirms a purge of the same source and filter, however the filter was written."""
    asked = request(action="purge", filter={"codigo": 301}, confirm=token("dlq", WANTED, 7, NOW))
    assert check(asked, NOW + VALID_MS) == (7, NOW)


@pytest.mark.parametrize(
    ("changed", "later_ms", "why"),
    [
        ({"source": "parking"}, 0, "another source or filter"),
        ({"filter": {}}, 0, "another source or filter"),
        ({"filter": {"codigo": [301, 302]}}, 0, "another source or filter"),
        ({}, VALID_MS + 1, "expired"),
        ({}, -1, "expired"),
        ({"confirm": "yes"}, 0, "not a confirmation"),
        ({"confirm": f"{NOW}-9-{token('dlq', WANTED, 7, NOW).split('-')[2]}"}, 0, "another source or filter"),
    ],
)
def test_anything_else_is_refused(changed: dict[str, object], later_ms: int, why: str) -> None:
    """A token that is none, is of another request or is too old is refused, and the answer names the field."""
    asked = request(
        **{"action": "purge", "filter": {"codigo": 301}, "confirm": token("dlq", WANTED, 7, NOW), **changed}
    )
    with pytest.raises(RefusedError, match=why) as refused:
        check(asked, NOW + later_ms)
    assert refused.value.faults[0]["field"] == "confirm"
