"""How long a receiver asks to be left alone."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.http import Answer
from comboio.clocks import Clocks
from dispatcher.destinations.webhook.authorization import fixed
from dispatcher.destinations.webhook.retry_after import MAX_S, retry_after_s
from dispatcher.destinations.webhook.webhook import Webhook, WebhookOptions
from dispatcher.fault import Fault, FaultKind
from tests.support.aws_wire import Wire, entries, some

pytestmark = pytest.mark.robustness("a Retry-After that is no such thing")

NOW = 1_795_359_600_000


def date(offset_s: int) -> str:
    """Return a time so far from now as HTTP writes it."""
    return format_datetime(datetime.fromtimestamp(NOW / 1000 + offset_s, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("3601", 3_600),
        ("9" * 12, 3_600),
        (date(90), 90),
        (date(-90), 0),
        (date(10_000_000), 3_600),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        ("Sun Nov  6 08:49:37 1994", 0),
    ],
)
def test_seconds_and_dates_are_read(value: str, seconds: float) -> None:
    """A number is seconds and a date is as far off as it is from now; neither beyond an hour, as the docs say."""
    assert retry_after_s(value, NOW) == seconds


@pytest.mark.parametrize(
    "value", [None, "", "-1", "1.5", "1e9", "soon", "\u00b2", "9" * 400, "Wed, 99 Foo 2026 99:99:99 GMT", "1, 2"]
)
def test_what_is_neither_is_no_wish(value: str | None) -> None:
    """A header that is not clear counts as none."""
    assert retry_after_s(value, NOW) is None


@given(st.text(max_size=40))
def test_no_text_breaks_it(value: str) -> None:
    """Whatever a receiver sends is a wait within the maximum, or none."""
    wait_s = retry_after_s(value, NOW)
    assert wait_s is None or 0 <= wait_s <= MAX_S


def answered(status: int, **headers: str) -> Fault:
    """Return the fault of a webhook's answer."""
    answer = Answer(status, b"", {name.replace("_", "-"): value for name, value in headers.items()})
    wire = Wire(lambda body: answer)
    where = Webhook("a", wire, fixed(""), WebhookOptions.model_validate({}), Clocks(now=lambda: NOW))
    (fault,) = where.send(entries(where, *some(1)))
    assert fault is not None
    return fault


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("value", "seconds"), [("30", 30.0), (date(45), 45.0), ("later", None)])
def test_a_receiver_that_asks_to_wait_is_handed_on(status: int, value: str, seconds: float | None) -> None:
    """The sender is told how long the receiver asks to wait, and the error has the number instead of foreign text."""
    fault = answered(status, retry_after=value)
    assert (fault.kind, fault.retry_after_s) == (FaultKind.THROTTLED, seconds)
    assert "later" not in fault.error


@pytest.mark.parametrize("status", [500, 502, 404, 301])
def test_other_faults_have_no_wait(status: int) -> None:
    """Only who asks to slow down is asked when to come back."""
    assert answered(status, retry_after="30").retry_after_s is None
