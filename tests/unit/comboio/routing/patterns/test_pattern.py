"""What a field must be, in EventBridge's words."""

from fnmatch import translate
from re import fullmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.message.field_path import MISSING
from comboio.routing.patterns.pattern import parse


@pytest.mark.parametrize(
    ("written", "yes", "no"),
    [
        (["acme", "beta"], ["acme", "beta", ["x", "acme"]], ["Acme", None, MISSING, 7, [], {}]),
        ("acme", ["acme"], ["acm"]),
        ([7], [7, 7.0], ["7", 8, True, MISSING]),
        ([10**400], [10**400], [1, 10**400 + 1]),
        ([True], [True], [1, "true", False]),
        (["7", 7], ["7", 7], [8]),
        ("prefix:BR-", ["BR-1", "BR-"], ["br-1", "", 7, MISSING]),
        ([{"prefix": "a"}, {"suffix": "z"}], ["a1", "1z"], ["1a", "z1"]),
        ({"suffix": ".br"}, ["x.br"], ["x.br."]),
        ("equals-ignore-case:AbC", ["abc", "ABC"], ["ab"]),
        ("wildcard:a*c*e", ["ace", "abcde", "acce"], ["acd", "ae", "aec"]),
        ("wildcard:aa*aa", ["aaaa"], ["aaa"]),
        (r"wildcard:a\*b\\*", ["a*b\\", "a*b\\x"], ["axb\\", "a*b"]),
        ({"prefix": {"equals-ignore-case": "BR"}}, ["br-1"], ["b", 7]),
        ({"anything-but": {"suffix": ["a", "b"]}}, ["c"], ["xa", "b"]),
        (">120", [121, 120.5], [120, "121", None, MISSING]),
        ("<= -1.5", [-1.5, -2], [-1]),
        ({"numeric": [">", 0, "<=", 5]}, [1, 5], [0, 6, True]),
        ({"exists": True}, [None, 0, [], "x"], [MISSING]),
        ({"exists": False}, [MISSING], [None, 0]),
        ({"anything-but": "a"}, ["b", 7, None], ["a", MISSING]),
        ({"anything-but": ["a", 7]}, ["b", 8], ["a", 7, MISSING]),
        ({"anything-but": {"prefix": "a"}}, ["b"], ["ab"]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.7"], ["10.0.1.7", "x", 7]),
    ],
)
def test_a_pattern_holds_as_eventbridge_says(written: object, yes: list[object], no: list[object]) -> None:
    """Each word of the language takes what it should, and nothing else."""
    holds = parse(written).holds
    assert [value for value in yes if not holds(value)] == []
    assert [value for value in no if holds(value)] == []


def test_numbers_of_a_header_are_compared_by_what_they_write() -> None:
    """A header is text: `7` and `>120` read the number in it, and a boolean is its word."""
    assert parse([7], textual=True).holds("7")
    assert parse(">120", textual=True).holds("121.5")
    for text in ("fast", "inf", "nan", "1_000", " 121", "\uff11\uff12\uff11", "1" * 101, "0x7f", ""):
        assert not parse(">120", textual=True).holds(text)
    assert parse([True], textual=True).holds("true")


@given(st.text("ab*", max_size=6).filter(lambda text: "**" not in text and "*" in text), st.text("ab", max_size=8))
def test_a_wildcard_is_what_a_shell_s_star_is(written: str, value: str) -> None:
    """The linear search finds what a regular expression would."""
    assert parse(f"wildcard:{written}").holds(value) == bool(fullmatch(translate(written), value))


@given(st.recursive(st.text(max_size=3) | st.integers() | st.floats() | st.booleans() | st.none(), lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["prefix", "numeric", "exists", "anything-but", "cidr", "x"]), inner, max_size=2)
), max_leaves=6), st.text(max_size=3) | st.integers() | st.lists(st.text(max_size=2), max_size=2))  # fmt: skip
def test_anything_written_is_a_pattern_or_a_clear_refusal(written: object, value: object) -> None:
    """No pattern raises anything but ValueError when it is read, or anything at all when it is asked."""
    try:
        pattern = parse(written)
    except ValueError:
        return
    assert pattern.holds(value) in (True, False)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ([], "never holds"),
        ([None], "not a pattern"),
        ([float("nan")], "not a pattern"),
        ([float("inf")], "not a pattern"),
        (["a", "prefix:b"], r"within a list. Write \{ prefix = 'b' \}"),
        ([">120"], r"within a list. Write \{ numeric = \['>', 120.0\] \}"),
        ({"numeric": [">", float("nan")]}, "compares by"),
        ({"numeric": [">", 5, "<", 5]}, "never holds"),
        ({"numeric": [">", 5, "<=", 3]}, "never holds"),
        ({"numeric": ["=", 5, "<", 5]}, "never holds"),
        ({"prefix": {"equals-ignore-case": 7}}, "needs a text"),
        ({"prefix": {"prefix": "a"}}, "needs a text"),
        ({"anything-but": {"prefix": []}}, "anything-but"),
        (r"wildcard:a\b", "escapes nothing"),
        ("wildcard:a\\", "escapes nothing"),
        ({"prefx": "a"}, "no `prefx`; there are: prefix"),
        ({"prefix": "a", "suffix": "b"}, "not a pattern"),
        ({"prefix": 7}, "needs a text"),
        ({"numeric": [">"]}, "one or two comparisons"),
        ({"numeric": ["~", 1]}, "compares by"),
        ({"numeric": [">", "1"]}, "compares by"),
        ({"numeric": [["x"], 1]}, "compares by"),
        ({"exists": "yes"}, "true or false"),
        ({"anything-but": []}, "anything-but"),
        ({"anything-but": {"exists": True}}, "anything-but"),
        ({"cidr": "10.0.0.0/99"}, "10.0.0.0/24"),
        ("wildcard:a**b", "two stars"),
        (r"wildcard:a\***", "two stars"),
        (">fast", "a number after"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_remedy(written: object, says: str) -> None:
    """Each impossible pattern says why."""
    with pytest.raises(ValueError, match=says):
        parse(written)
