"""The board shows what is known in few places, and why the rest is not; in a pipe it is a line."""

import json
from collections.abc import Sequence

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from confluent_kafka import KafkaError, KafkaException
from rich.console import Console

from comboio.aws.json_api import AwsError
from local.errors import LocalError
from ops.watch.board import MOST_ROWS, WIDTH, board, figure
from ops.watch.line import line
from ops.watch.panel import Panel, Row, counts, panels
from ops.watch.unknown import sentence


def shown(found: Sequence[Panel], width: int = 150) -> str:
    console = Console(width=width, emoji=False)
    with console.capture() as said:
        console.print(board("the stack", found, width))
    return said.get()


def refused(code: str, action: str = "GetMetricData") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, action)


def test_each_value_stands_beside_what_it_is_of() -> None:
    """Labels at the left, figures at the right; what is not known is a dash."""
    text = shown([Panel("Lag", [Row("mt-c400", 48_123), Row("mt-c300", None)])])
    (heavy,) = [each for each in text.splitlines() if "mt-c400" in each]
    (light,) = [each for each in text.splitlines() if "mt-c300" in each]
    assert "48,123" in heavy and " - " in light


@pytest.mark.parametrize("width", [40, 80, 100, 150, 300])
def test_no_panel_is_lost_at_any_width(width: int) -> None:
    """However many columns the terminal has, every panel is there once, and no line is longer than it."""
    found = [Panel(f"panel{number:02}", [Row("r", number)] * (number % 5 + 1)) for number in range(17)]
    text = shown(found, width)
    assert all(text.count(panel.title) == 1 for panel in found)
    assert max(map(len, text.splitlines())) <= max(width, WIDTH)


def test_what_is_quiet_takes_one_line() -> None:
    """A panel without rows and without a reason is named in one line at the end."""
    text = shown([Panel("A", [Row("r", 1)]), Panel("B"), Panel("C")])
    assert text.splitlines()[-1].strip() == "Nothing to tell of: B; C."


def test_one_missing_right_is_one_sentence() -> None:
    """Panels that follow each other and are not known for the same reason share it; all are named or counted."""
    found = [Panel(title, note="Not allowed: your role needs x:Y.") for title in "ABCDE"]
    text = " ".join(shown([*found, Panel("F", [Row("r", 1)])]).split())
    assert text.count("Not allowed") == 1
    assert "A; B; C and 2 more" in text


def test_many_rows_are_counted() -> None:
    """A panel shows the first rows, and says how many more there are."""
    text = shown([Panel("A", [Row(f"row{number:02}", number) for number in range(MOST_ROWS + 3)])])
    assert f"row{MOST_ROWS - 1:02}" in text and f"row{MOST_ROWS:02}" not in text and "and 3 more" in text


def test_names_of_others_cannot_steer_the_terminal() -> None:
    """A destination's name or a reason of a pause is shown, not obeyed; square brackets are no markup."""
    text = shown([Panel("A", [Row("a\x1b[2J", "b\x07"), Row("[red]", "[/]")], "c\x1b]0;")])
    assert "\x1b[2J" not in text and "\x07" not in text and "\x1b]0" not in text
    assert "[red]" in text and "[/]" in text


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (Row("r", 0), "0"),
        (Row("r", 12_345.6), "12,346"),
        (Row("r", 1.25), "1.2"),
        (Row("r", 41.4, at_least=True), "over 41.4"),
        (Row("r", 600.0, at_least=True), "over 600"),
        (Row("r", None), "-"),
    ],
)
def test_figures_are_short(row: Row, says: str) -> None:
    """Thousands have commas, small fractions a digit, and what may be more says so."""
    assert figure(row) == says


def test_counts_begin_with_the_highest() -> None:
    """Alike counts by name, so that rows do not change places at each look."""
    assert [row.label for row in counts({"b": 1, "a": 1, "c": 5, "d": 0}, bad=True)] == ["c", "a", "b", "d"]
    assert [row.bad for row in counts({"c": 5, "d": 0}, bad=True)] == [True, False]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (refused("AccessDenied"), "Not allowed: your role needs cloudwatch:GetMetricData."),
        (
            AwsError("dynamodb", "Scan", "AccessDeniedException", "x", 400),
            "Not allowed: your role needs dynamodb:Scan.",
        ),
        (refused("ExpiredToken"), "Renew them"),
        (refused("Throttling"), "a longer --every helps"),
        (refused("ValidationError", "DescribeStackResources"), "cloudformation:DescribeStackResources was refused"),
        (NoCredentialsError(), "Set AWS_PROFILE and AWS_REGION."),
        (EndpointConnectionError(endpoint_url="https://x"), "Check the network, AWS_REGION"),
        (KafkaException(KafkaError(KafkaError._TRANSPORT)), "Kafka does not answer"),
        (LocalError("The stack is gone"), "The stack is gone."),
        (ConnectionRefusedError("refused"), "No answer: refused."),
    ],
)
def test_each_reason_is_a_sentence_with_what_to_do(error: Exception, says: str) -> None:
    """A right that is missing is named, as IAM names it; every sentence ends as one."""
    assert says in sentence(error)
    assert sentence(error).endswith(".")


def test_a_part_that_cannot_be_read_says_so_in_its_place() -> None:
    """What a reader raises becomes its panels' sentence; a defect does not pass for a missing right."""

    def denied() -> list[Panel]:
        raise refused("AccessDenied")

    def broken() -> list[Panel]:
        raise ZeroDivisionError

    found = panels("A", "B", read=denied)
    assert [(panel.title, panel.rows) for panel in found] == [("A", ()), ("B", ())]
    assert all("cloudwatch:GetMetricData" in panel.note for panel in found)
    with pytest.raises(ZeroDivisionError):
        panels("A", read=broken)


def test_a_line_has_every_value_by_its_name() -> None:
    """One line of JSON: numbers stay numbers, what is not known is null or has its sentence."""
    text = line(1_795_942_948.0, [Panel("Lag", [Row("t", 7, at_least=True), Row("u", None)]), Panel("X", note="Why.")])
    assert "\n" not in text
    assert json.loads(text) == {
        "at": "2026-11-29T09:02:28+00:00",
        "Lag": {"t": 7, "u": None},
        "not_known": {"X": "Why."},
    }
