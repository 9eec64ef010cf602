"""What a routing table may take from the environment, and what it may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.routing.table import RoutingError, RoutingTable, load
from dispatcher.destinations import KINDS, build
from tests.support.aws_wire import Wire

pytestmark = pytest.mark.robustness("a routing table that names secrets")

SECRETS = {
    "AWS_ACCESS_KEY_ID": "hush-hush",
    "AWS_SECRET_ACCESS_KEY": "hush-hush",
    "AWS_SESSION_TOKEN": "hush-hush",
    "DEAD_LETTER_QUEUE_URL": "hush-hush",
    "LEDGER_TABLE": "hush-hush",
    "PATH": "hush-hush",
    "MY_ROUTE_TOKEN": "hush-hush",
    "route_token": "hush-hush",
}
TABLE = 'version = 1\n[destinations.a]\ntype = "{kind}"\n{lines}\n[default]\nto = ["a"]\n'


def table(*lines: str, kind: str = "webhook", **environ: str) -> RoutingTable:
    """Return the table whose destination has these lines."""
    return load(TABLE.format(kind=kind, lines="\n".join(lines)), {**SECRETS, **environ})


@pytest.mark.parametrize("option", ["target", "authorization", "ca_file", "anything"])
@pytest.mark.parametrize("name", SECRETS)
def test_a_table_reads_no_variable_that_is_not_meant_for_it(name: str, option: str) -> None:
    """Whatever else is in the environment stays there: the error names the variable, never its value."""
    with pytest.raises(RoutingError, match=rf"destinations\.a\.{option}: .*ROUTE_") as caught:
        table(f'{option} = "${name}"')
    assert "hush-hush" not in str(caught.value)


@given(st.text(st.characters(codec="ascii"), max_size=30))
def test_no_reference_reaches_a_secret(name: str) -> None:
    """Whatever follows the dollar sign, a value comes only out of a variable with the prefix."""
    environ = {name: "hush-hush", **SECRETS}
    text = TABLE.format(kind="webhook", lines="target = '''$" + name.replace("'", "").replace("\r", "") + "'''")
    try:
        found = load(text, environ).destinations["a"].target
    except RoutingError as error:
        assert "hush-hush" not in str(error)
    else:
        assert found != "hush-hush" or name.startswith("ROUTE_")


def test_a_variable_with_the_prefix_is_read() -> None:
    """`$ROUTE_NAME` is the value of that variable, in the target and in every option that is a text."""
    spec = table('target = "$ROUTE_URL"', 'authorization = "$ROUTE_T0KEN"', ROUTE_URL="https://x", ROUTE_T0KEN="k")
    assert spec.destinations["a"].target == "https://x"
    assert spec.destinations["a"].options == {"authorization": "k"}


def test_a_type_is_never_a_variable() -> None:
    """The type is the table's own word: a variable in its place is an unknown type, and is not looked up."""
    with pytest.raises(RoutingError) as caught:
        build(table('target = "x"', kind="$ROUTE_KIND", ROUTE_KIND="hush-hush"), Wire().clients)
    assert "hush-hush" not in str(caught.value)


def test_a_secret_that_begins_with_a_dollar_sign_is_not_quoted() -> None:
    """A text that cannot be a variable may be a secret itself, and stays out of the error."""
    with pytest.raises(RoutingError) as caught:
        table('target = "https://x"', 'authorization = "$2b$12$abcdefgh"')
    assert "abcdefgh" not in str(caught.value) and "destinations.a.authorization" in str(caught.value)


WRONG = {
    "sqs": "hush-hush.fifo",
    "sqs_fifo": "hush-hush",
    "sns": "hush-hush",
    "sns_fifo": "hush-hush",
    "firehose": "arn:hush-hush",
    "lambda": "hush-hush hush-hush",
    "step_functions": "hush-hush",
    "webhook": "hush-hush",
    "kinesis": None,
    "eventbridge": None,
    "dynamodb": None,
    "s3": "hush-hush/hush-hush",
    "python": "hush-hush",
    "kafka": "hush hush-hush",
}
"""A target that each kind refuses; None where it takes any text."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_target_is_named_by_its_variable(kind: str) -> None:
    """A target that comes from the environment is not quoted when it is wrong: the variable is named instead."""
    if (wrong := WRONG[kind]) is None:
        return
    found = table('target = "$ROUTE_TARGET"', kind=kind, ROUTE_TARGET=wrong)
    with pytest.raises(RoutingError, match=r"destinations\.a: ") as caught:
        build(found, Wire().clients)
    assert "hush-hush" not in str(caught.value)
    assert kind == "webhook" or "$ROUTE_TARGET" in str(caught.value)


def test_wrong_certificates_are_named_by_their_variable() -> None:
    """The same holds for an option."""
    found = table('target = "https://x"', 'ca_file = "$ROUTE_CA"', ROUTE_CA="/hush-hush")
    with pytest.raises(RoutingError, match=r"\$ROUTE_CA") as caught:
        build(found, Wire().clients)
    assert "hush-hush" not in str(caught.value)


def test_a_wrong_target_that_the_table_says_itself_is_quoted() -> None:
    """What stands in the table is shown, as whoever reads the error can read the table."""
    with pytest.raises(RoutingError, match=r"'x\.fifo'"):
        build(table('target = "x.fifo"', kind="sqs"), Wire().clients)
