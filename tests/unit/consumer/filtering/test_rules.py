"""Each operator of a pattern takes what Lambda's table says, and no other value."""

import pytest

from consumer.filtering.pattern import decode
from consumer.filtering.rules import PatternError, rule_test


def fits(rule: str, value: str) -> bool:
    """Return whether a rule takes a value, both as they stand in JSON."""
    return rule_test(decode(rule))(decode(value))


@pytest.mark.parametrize(
    ("rule", "yes", "no"),
    [
        ('"Alice"', ['"Alice"'], ['"alice"', '"Alice "', "null", "1"]),
        ('""', ['""'], ['" "', "null"]),
        ("null", ["null"], ['""', "0", "false"]),
        ("true", ["true"], ["false", "1", '"true"']),
        ("300", ["300"], ["300.0", "3.0e2", '"300"', "true"]),
        ('{"equals-ignore-case": "aLiCe"}', ['"Alice"', '"ALICE"'], ['"Alic"', "1"]),
        ('{"prefix": "us-"}', ['"us-east"', '"us-"'], ['"US-east"', '"eu"', "null"]),
        ('{"suffix": ".png"}', ['"a.png"'], ['"a.PNG"', '"png"', "1"]),
        ('{"prefix": {"equals-ignore-case": "US"}}', ['"us-east"'], ['"eu"']),
        ('{"suffix": {"equals-ignore-case": ".PNG"}}', ['"a.png"'], ['"a.jpg"']),
        ('{"anything-but": ["Raining"]}', ['"Sunny"', "1", "null"], ['"Raining"']),
        ('{"anything-but": "x"}', ['"y"'], ['"x"']),
        ('{"anything-but": [1, 2]}', ["3", "1.0", '"1"'], ["1", "2"]),
        ('{"anything-but": {"prefix": "a"}}', ['"ba"', "1"], ['"ab"']),
        ('{"anything-but": {"suffix": ["a", "b"]}}', ['"c"'], ['"xa"', '"xb"']),
        ('{"numeric": ["=", 100]}', ["100", "100.0", "1e2"], ["101", '"100"', "true"]),
        ('{"numeric": [">", 10, "<=", 20]}', ["10.1", "20"], ["10", "20.5", "null"]),
        ('{"numeric": ["<", 0]}', ["-1", "-1e999"], ["0", "1e999"]),
    ],
)
def test_an_operator_takes_what_it_says(rule: str, yes: list[str], no: list[str]) -> None:
    """Texts are compared exactly, numbers by their text, and by their value with `numeric` only."""
    assert all(fits(rule, value) for value in yes)
    assert not any(fits(rule, value) for value in no)


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    "rule",
    [
        "[1]",
        "{}",
        '{"prefix": "a", "suffix": "b"}',
        '{"prefix": 1}',
        '{"wildcard": "a*"}',
        '{"cidr": "10.0.0.0/8"}',
        '{"anything-but": []}',
        '{"anything-but": {"numeric": ["=", 1]}}',
        '{"anything-but": [null]}',
        '{"numeric": []}',
        '{"numeric": ["=", "1"]}',
        '{"numeric": ["!", 1]}',
        '{"numeric": [">", 1, "<"]}',
    ],
)
def test_what_is_no_rule_of_lambdas_is_refused(rule: str) -> None:
    """A filter that Lambda would not take is not taken here either, with a reason."""
    with pytest.raises(PatternError):
        rule_test(decode(rule))
