"""Requests about the hold queue: told from what the drainer saw, waits ended by receipts, orders written first."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from comboio.aws.json_api import AwsError
from comboio.drain.give_up import GiveUp, TooManyOrdersError
from comboio.drain.waiting import Waiting
from dlq_replayer.hold.control import HoldControl
from dlq_replayer.request.request import RefusedError
from tests.support.replayer import NOW, request

MINUTE = 60_000
LONG = Waiting("b", "t", 0, 7, {"300": 5}, NOW - 2 * MINUTE, 4, "500", NOW - MINUTE, NOW + 9 * MINUTE, ("r1", "r2"))
SHORT = LONG._replace(topic="u", partition=1, receipts=(), oldest=NOW - MINUTE, records=1, codes={"301": 1})
OTHER = LONG._replace(destination="c", receipts=("r3",))
OUT_OF_REACH = AwsError("dynamodb", "Scan", "Unreachable", "no answer", 0)


class Hold:
    """The table and the queue; keeps the order of what is done to them."""

    def __init__(self, groups: Sequence[Waiting] = (LONG, SHORT, OTHER), error: Exception | None = None) -> None:
        self.done: list[Any] = []
        self.refused: set[str] = set()
        self.order_error: Exception | None = None
        self.order_error_of: dict[str, Exception] = {}
        self._groups = groups
        self._error = error

    def read(self) -> Iterator[Waiting]:
        yield from self._groups
        if self._error:
            raise self._error

    def add(self, destination: str, order: GiveUp) -> None:
        if error := self.order_error_of.get(destination, self.order_error):
            raise error
        self.done.append((destination, order))

    def make_visible(self, handles: Sequence[str]) -> list[bool]:
        self.done.append(list(handles))
        return [handle not in self.refused for handle in handles]

    def depth(self) -> int | None:
        return 3

    def ask(self, action: str, dry_run: bool = False, **wanted: Any) -> dict[str, Any]:
        asked = request(action=action, source="hold", dry_run=dry_run, requested_by="ana", filter=wanted)
        return HoldControl(self, self, self).carry_out(asked, NOW).to_fields(NOW)


def counts(answer: dict[str, Any]) -> dict[str, int]:
    """Return the counts that are not zero."""
    return {name: count for name, count in answer["counts"].items() if count}


def test_an_inspect_tells_what_waits_and_touches_nothing() -> None:
    """Records by destination, topic, codigo, attempts and age; the oldest groups first; nothing is called."""
    hold = Hold()
    answer = hold.ask("inspect")
    assert counts(answer) == {"examined": 3, "matched": 15} and hold.done == []
    assert answer["oldest_age_s"] == 120
    assert answer["histogram"] == {
        "destination": {"b": 8, "c": 7},
        "topic": {"t": 14, "u": 1},
        "codigo": {"300": 10, "not looked at yet": 4, "301": 1},
        "attempts": {"4": 15},
        "age": {"under 1 h": 15},
    }
    assert [group["partition"] for group in answer["groups"]] == ["t-0", "t-0", "u-1"]
    assert answer["groups"][0] == {
        "destination": "b",
        "partition": "t-0",
        "records": 7,
        "attempts": 4,
        "oldest_age_s": 120,
        "seen_s_ago": 60,
        "again_in_s": 540,
        "error": "500",
    }


def test_a_codigo_counts_only_records_that_were_looked_at() -> None:
    """What is behind the first message of a group may have the code or not, so it is not counted for it."""
    assert counts(Hold().ask("inspect", codigo=300, destination="b")) == {"examined": 3, "matched": 5}


@pytest.mark.robustness("the hold queue told, woken and given up: stale receipts, stores out of reach, wrong requests")
def test_drain_now_ends_the_long_waits_of_a_destination_and_no_other() -> None:
    """A short wait ends by itself; another destination's receipts are not used."""
    hold = Hold()
    assert counts(hold.ask("drain", destination="b")) == {"examined": 3, "matched": 8, "woken": 1, "due": 1}
    assert hold.done == [["r1", "r2"]]


@pytest.mark.robustness("the hold queue told, woken and given up: stale receipts, stores out of reach, wrong requests")
def test_a_group_that_the_drainer_has_again_is_not_woken() -> None:
    """SQS refuses receipts that are over, and a wait that is over is not touched: it counts as due."""
    hold = Hold([LONG, LONG._replace(again_at=NOW, receipts=("r9",))])
    hold.refused = {"r2"}
    assert counts(hold.ask("drain", destination="b")) == {"examined": 2, "matched": 14, "due": 2}
    assert hold.done == [["r1", "r2"]]


def test_an_order_to_give_up_is_written_before_anything_is_woken() -> None:
    """Else the drainer could look in between, and wait again. It takes what waits now, and names who asked."""
    hold = Hold()
    hold.ask("give_up", destination=["b", "c"], codigo=[300], topic="t", since="2020-01-01T00:00:00Z")
    order = GiveUp(NOW, NOW + 1, 1_577_836_800_000, ("300",), ("t",), "ana")
    assert hold.done == [("b", order), ("c", order), ["r1", "r2", "r3"]]


def test_the_moment_of_an_order_is_never_later_than_now() -> None:
    """`until` may narrow an order; it cannot make it take what comes later."""
    for until, before in (("2100-01-01T00:00:00Z", NOW + 1), ("2020-01-01T00:00:00Z", 1_577_836_800_000)):
        hold = Hold()
        hold.ask("give_up", destination="b", until=until)
        assert hold.done[0][1].before == before


@pytest.mark.parametrize("action", ["drain", "give_up"])
def test_a_dry_run_writes_and_wakes_nothing(action: str) -> None:
    """It counts the groups that it would have woken."""
    hold = Hold()
    answer = hold.ask(action, dry_run=True, destination="b")
    assert counts(answer) == {"examined": 3, "matched": 8, "would": 1, "due": 1} and hold.done == []


@pytest.mark.robustness("the hold queue told, woken and given up: stale receipts, stores out of reach, wrong requests")
def test_a_table_out_of_reach_is_said() -> None:
    """The sentence says whether the order stands; nothing is woken by half of a list."""
    hold = Hold(error=OUT_OF_REACH)
    with pytest.raises(RefusedError, match="in force for b") as raised:
        hold.ask("give_up", destination="b")
    assert len(hold.done) == 1 and "in force" in raised.value.done
    with pytest.raises(RefusedError, match="dynamodb:Scan") as raised:
        hold.ask("drain", destination="b")
    assert raised.value.done == "" and "in force" not in str(raised.value)


@pytest.mark.robustness("the hold queue told, woken and given up: stale receipts, stores out of reach, wrong requests")
def test_an_order_that_is_not_written_wakes_nothing() -> None:
    """Too many orders are refused, a failed write is said; in both cases nothing else happens."""
    hold = Hold()
    hold.order_error = TooManyOrdersError("20 orders")
    with pytest.raises(RefusedError, match="20 orders"):
        hold.ask("give_up", destination="b")
    hold.order_error = OUT_OF_REACH
    with pytest.raises(RefusedError, match="Send it again") as raised:
        hold.ask("give_up", destination="b")
    assert hold.done == [] and "may be in force for b" in raised.value.done


@pytest.mark.robustness("the hold queue told, woken and given up: stale receipts, stores out of reach, wrong requests")
@pytest.mark.parametrize("error", [TooManyOrdersError("20 orders"), OUT_OF_REACH], ids=["too many", "out of reach"])
def test_an_order_that_is_in_force_for_some_is_said_to_be(error: Exception) -> None:
    """Where one of several destinations takes no order, the answer names those that have it: they give up."""
    hold = Hold()
    hold.order_error_of["c"] = error
    with pytest.raises(RefusedError, match="in force for a, b") as raised:
        hold.ask("give_up", destination=["a", "b", "c", "d"])
    assert "in force for a, b." in raised.value.done
    assert [name for name, _ in hold.done] == ["a", "b"]


@pytest.mark.robustness("the hold queue told, woken and given up: stale receipts, stores out of reach, wrong requests")
@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "replay", "source": "hold"},
        {"action": "purge", "source": "hold", "confirm": "x"},
        {"action": "drain"},
        {"action": "give_up", "source": "dlq", "filter": {"destination": "b"}},
        {"action": "drain", "source": "hold"},
        {"action": "give_up", "source": "hold", "filter": {"codigo": 300}},
        {"action": "drain", "source": "hold", "filter": {"destination": "b", "codigo": 300}},
        {"action": "give_up", "source": "hold", "filter": {"destination": "b", "route": "r"}},
        {"action": "give_up", "source": "hold", "filter": {"destination": "b"}, "max_messages": 1},
        {"action": "inspect", "filter": {"destination": "b"}},
    ],
    ids=str,
)
def test_a_request_that_hold_cannot_fulfil_is_refused(wrong: dict[str, Any]) -> None:
    """A filter that the drainer does not know, or none, would take more than was meant."""
    with pytest.raises(ValueError, match=r"hold|needs the filter destination"):
        request(**wrong)
