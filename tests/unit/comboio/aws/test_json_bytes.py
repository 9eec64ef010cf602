"""The JSON of what is asked of AWS, which two writers make."""

import json

from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.json_api import json_bytes

HALF_A_PAIR = "\ud800"

TEXTS = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    """Any text, number and nesting comes back as it was, whichever of the writers took it."""
    assert json.loads(json_bytes(value)) == value


def test_half_a_surrogate_pair_is_written() -> None:
    """A header or a key may have one, and its message is sent all the same."""
    assert json_bytes({"a": [HALF_A_PAIR, "é"]}) == b'{"a":["\\ud800","\\u00e9"]}'
    assert json_bytes("é") == '"é"'.encode()
