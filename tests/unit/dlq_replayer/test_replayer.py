"""A request is checked, carried out, audited and answered."""

import json
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

import pytest

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.redispatch import RedispatchOutcome
from comboio.drain.give_up import GiveUp, TooManyOrdersError
from comboio.drain.waiting import Waiting
from comboio.drain.waiting_index import MOST_GROUPS
from comboio.invocation import Invocation
from dlq_replayer.aws.lambda_function import InvocationError
from dlq_replayer.hold.control import HoldControl
from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.replayer import Answer, Replayer
from dlq_replayer.request.request import Request
from dlq_replayer.runs import Runs
from dlq_replayer.sender import Capacity
from dlq_replayer.sources.source import SourceError
from dlq_replayer.targets.target import TargetError
from tests.support.replayer import NOW, FakeTarget, FakeTime, ListSource, letter, pool, received


class Heard:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.lines: list[tuple[Any, ...]] = []

    def begun(self, request: Request, run: str) -> None:
        self.lines.append(("begun", run))

    def refused(self, faults: list[dict[str, str]]) -> None:
        self.lines.append(("refused", faults))

    def ended(self, request: Request, answer: dict[str, Any], before: dict[str, int]) -> None:
        self.lines.append(("ended", answer["counts"], before))

    def warn(self, message: str) -> None:
        self.lines.append(("warning", message))


class Itself:
    """The function as it invokes itself."""

    def __init__(self, fails: bool = False) -> None:
        self.started: list[Any] = []
        self._fails = fails

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        raise NotImplementedError

    def start(self, event: bytes) -> None:
        if self._fails:
            raise InvocationError("no permission.")
        self.started.append(json.loads(event))


class Slow(FakeTarget):
    """A target whose calls take two seconds."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__()
        self._time = time

    def take(self, letters: Sequence[ReceivedLetter]) -> Mapping[str, RedispatchOutcome]:
        self._time.sleep(2)
        return super().take(letters)


class Bench:
    """A replayer with a source that stays from one invocation to the next."""

    def __init__(self, letters: Sequence[DeadLetter], itself: Itself | None = None) -> None:
        self.time, self.heard, self.itself = FakeTime(), Heard(), itself or Itself()
        self.source: Any = ListSource([received(each) for each in letters])
        self.hold: Any = None
        self.target: Any = Slow(self.time)

    def ask(self, id_: str = "r1", timeout_ms: int = 20_000, **request: Any) -> Answer:
        """Invoke with twenty seconds, of which ten are there to begin something."""

        def target(_: Request, __: Invocation) -> Any:
            if isinstance(self.target, Exception):
                raise self.target
            return self.target

        parking: Any = None
        clocks = self.time.clocks
        runs = Runs(
            lambda _, __: self.source, target, parking, pool(), Capacity(1_000, 2, 1), margin_ms=10_000, clocks=clocks
        )
        replayer = Replayer(runs, self.hold, self.itself, self.heard, clocks)
        return replayer.handle(request, Invocation(id_, self.time.ms + timeout_ms))


def test_a_continuation_carries_on_to_the_end() -> None:
    """A continuation keeps the run's counts, id and maximum, and each invocation is audited."""
    bench = Bench([letter(offset) for offset in range(30)])
    answer = bench.ask(action="replay", max_messages=25, filter={"topic": "t"})
    assert (answer["stopped"], answer["run"], answer["invocation"]) == ("time", "r1", 1)
    done = answer["counts"]["replayed"]
    assert 0 < done < 25
    bench.source.waiting, bench.source.left = bench.source.left + bench.source.waiting, []
    assert answer["continuation"]["max_messages"] == 25 - done
    while "continuation" in answer:
        answer = bench.ask("r2", **answer["continuation"])
        bench.source.waiting, bench.source.left = bench.source.left + bench.source.waiting, []
    assert (answer["stopped"], answer["run"], answer["counts"]["replayed"]) == ("max_messages", "r1", 25)
    assert len(set(bench.target.taken)) == len(bench.target.taken) == 25
    assert [line[0] for line in bench.heard.lines] == ["begun", "ended"] * answer["invocation"]


class Hanging(FakeTarget):
    """A target whose calls take nearly all the time that there is, and fail."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__(lambda _: RedispatchOutcome.FAILED)
        self._time = time

    def take(self, letters: Sequence[ReceivedLetter]) -> Mapping[str, RedispatchOutcome]:
        self._time.sleep(9)
        return super().take(letters)


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_target_that_takes_nothing_ends_a_run_however_slowly_it_fails() -> None:
    """Windows in a row of which nothing was taken count across the invocations of a run: where each has the time for
    one window only, the run would continue for ever."""
    bench = Bench([letter(offset, key=None) for offset in range(10)])
    bench.target, invocations = Hanging(bench.time), 0
    answer: Any = {"continuation": {"action": "replay"}}
    while (request := answer.get("continuation")) is not None:
        invocations += 1
        assert invocations < 10
        answer = bench.ask(**request)
        bench.source.waiting, bench.source.left = bench.source.left + bench.source.waiting, []
    assert (answer["stopped"], invocations) == ("target_failing", 2)


@pytest.mark.robustness("options at their least and their most")
@pytest.mark.parametrize("per_s", [0.001, 0.1, 0.5, 3])
def test_a_rate_holds_across_continuations(per_s: float) -> None:
    """A run that continues again and again sends no more than its rate and a second's worth for each invocation, and
    gets on; a rate at which an invocation might not send one letter is refused."""
    bench = Bench([letter(offset, key=None) for offset in range(30)])
    bench.target, began, invocations = FakeTarget(), bench.time.ms, 0
    answer: Any = {"continuation": {"action": "replay", "rate_per_s": per_s}}
    while (request := answer.get("continuation")) is not None:
        invocations += 1
        answer = bench.ask(timeout_ms=90_000, **request)
        elapsed_s = (bench.time.ms - began) / 1000
        assert len(bench.target.taken) <= per_s * elapsed_s + invocations * max(1.0, per_s)
        assert elapsed_s >= (invocations - 1) * 60
        bench.source.waiting, bench.source.left = bench.source.left + bench.source.waiting, []
    assert "faults" in answer if per_s < 0.1 else len(bench.target.taken) == 30


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize("most", range(1, 14))
def test_a_continuation_is_never_refused(most: int) -> None:
    """Whatever part of what was asked for is done when time ends: with nothing left to do there is no continuation."""
    bench = Bench([letter(offset) for offset in range(30)])
    answer = bench.ask(action="replay", max_messages=most)
    while "continuation" in answer:
        bench.source.waiting, bench.source.left = bench.source.left + bench.source.waiting, []
        answer = bench.ask("r2", **answer["continuation"])
    assert (answer.get("stopped"), len(bench.target.taken)) == ("max_messages", most)


def test_it_goes_on_by_itself_as_often_as_asked() -> None:
    """The function invokes itself as often as was asked, and then returns a continuation."""
    bench = Bench([letter(offset) for offset in range(40)])
    answer = bench.ask(action="replay", self_invoke=1)
    assert answer["continued"] is True
    assert "continuation" not in answer
    (event,) = bench.itself.started
    assert "self_invoke" not in event
    bench.source.waiting, bench.source.left = bench.source.left + bench.source.waiting, []
    answer = bench.ask(**event)
    assert answer["continued"] is False
    assert answer["continuation"]["continues"]["invocation"] == 2
    assert len(bench.itself.started) == 1


@pytest.mark.robustness("sources and targets that fail on the way")
def test_where_it_cannot_go_on_by_itself_it_says_so() -> None:
    """A function that cannot invoke itself says so, and returns the continuation."""
    answer = Bench([letter(offset) for offset in range(40)], Itself(fails=True)).ask(action="replay", self_invoke=3)
    assert "no permission." in answer["problem"]
    assert answer["continuation"]["self_invoke"] == 3


@pytest.mark.robustness("sources and targets that fail on the way")
def test_without_time_for_a_letter_it_does_not_go_round() -> None:
    """A function whose timeout is too short for a single letter does not invoke itself again."""
    bench = Bench([letter(1)])
    answer = bench.ask(timeout_ms=5_000, action="replay", self_invoke=9)
    assert "longer timeout" in answer["problem"]
    assert bench.itself.started == []


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(("broken", "field"), [("target", "target"), ("source", "source"), ("request", "action")])
def test_what_cannot_be_carried_out_is_refused_and_audited(broken: str, field: str) -> None:
    """A request that cannot be carried out is refused by the field that is at fault, and audited."""
    bench = Bench([letter(1)])
    if broken == "target":
        bench.target = TargetError("no package")
    if broken == "source":

        def read(most: int, until: float = inf) -> list[ReceivedLetter]:
            raise SourceError("no queue")

        bench.source.read = read
    answer = bench.ask(action="x" if broken == "request" else "replay")
    assert [fault["field"] for fault in answer["faults"]] == [field]
    assert bench.heard.lines[-1] == ("refused", answer["faults"])
    assert bench.source.removed == []


def test_a_purge_is_bound_to_its_inspect() -> None:
    """A purge deletes what its inspect counted, and leaves what came later."""
    bench = Bench([])
    bench.source = ListSource([received(letter(offset), sent_at=NOW) for offset in range(3)])
    token = bench.ask(action="inspect")["confirmation"]
    bench.time.sleep(60)
    later = received(letter(9), sent_at=NOW + 30_000)
    bench.source = ListSource([later, *(received(letter(offset), sent_at=NOW) for offset in range(3))])
    answer = bench.ask(action="purge", confirm=token)
    assert answer["counts"]["purged"] == 3
    assert bench.source.left == [later]


def test_inspect_has_no_continuation() -> None:
    """An inspect that stops for time has no continuation, which would begin with what was just put back."""
    bench = Bench([letter(offset) for offset in range(30)])

    class Slowly(ListSource):
        def read(self, most: int, until: float = inf) -> list[ReceivedLetter]:
            bench.time.sleep(11)
            return super().read(10)

    bench.source = Slowly(bench.source.waiting)
    answer = bench.ask(action="inspect")
    assert answer["stopped"] == "time"
    assert "continuation" not in answer
    assert answer["histogram"]["topic"] == {"t": 10}


def test_a_request_about_the_hold_queue_is_audited_and_answered() -> None:
    """Its answer has the fields of every answer; where nothing is seen to wait, it says so."""
    bench = Bench([])
    bench.hold = HoldControl(NothingWaits(), NothingWaits(), NothingWaits())
    answer = bench.ask(action="give_up", source="hold", filter={"destination": "b"})
    assert (answer["stopped"], answer["remaining"], answer["run"], answer["foreign"]) == ("finished", 4, "r1", [])
    assert answer["counts"]["matched"] == 0 and "the request stays in force" in answer["problem"]
    assert [line[0] for line in bench.heard.lines] == ["begun", "ended"]


def test_an_answer_never_says_that_nothing_was_changed_when_something_was() -> None:
    """An order to give up that is in force for one destination of two has made dead letters of what waits for it."""

    class FirstOnly(NothingWaits):
        def add(self, destination: str, order: GiveUp) -> None:
            if destination != "a":
                raise TooManyOrdersError("20 orders.")

    bench = Bench([])
    bench.hold = HoldControl(NothingWaits(), FirstOnly(), NothingWaits())
    answer = bench.ask(action="give_up", source="hold", filter={"destination": ["a", "b"]})
    assert answer["error"] == "stopped on the way: The request is in force for a."
    assert "b: 20 orders." in answer["faults"][0]["error"]
    answer = bench.ask(action="give_up", source="hold", filter={"destination": ["b"]})
    assert answer["error"] == "refused: nothing was changed"


@pytest.mark.robustness("more than fits")
@pytest.mark.parametrize(("groups", "said"), [(MOST_GROUPS - 1, False), (MOST_GROUPS, True)])
def test_more_groups_than_are_looked_at_are_said(groups: int, said: bool) -> None:
    """Whoever wakes or counts what waits is told where that was not all of it."""

    class ManyWait(NothingWaits):
        def read(self) -> Iterator[Waiting]:
            one = Waiting("b", "t", 0, 1, {"300": 1}, NOW, 1, "500", NOW, NOW + 1)
            return iter([one] * groups)

    bench = Bench([])
    bench.hold = HoldControl(ManyWait(), NothingWaits(), NothingWaits())
    answer = bench.ask(action="inspect", source="hold", samples=0)
    assert answer["counts"]["matched"] == groups
    assert ("20,000 order groups" in answer.get("problem", "")) is said


def test_without_a_hold_queue_the_source_is_refused() -> None:
    """A function that was not given the queue says which setting is missing, and does nothing."""
    answer = Bench([]).ask(action="inspect", source="hold")
    assert "HOLD_QUEUE_URL" in answer["faults"][0]["error"]


class NothingWaits:
    """A hold queue with four messages that nobody has looked at."""

    def read(self) -> Iterator[Waiting]:
        return iter(())

    def add(self, destination: str, order: GiveUp) -> None:
        """Take the order."""

    def make_visible(self, handles: Sequence[str]) -> list[bool]:
        return []

    def depth(self) -> int | None:
        return 4
