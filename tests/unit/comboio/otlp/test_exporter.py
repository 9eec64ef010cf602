"""An exporter lets no receiver hinder who has the spans, and counts what it drops."""

from collections.abc import Callable, Mapping

import pytest

from comboio.aws.http import Answer, UnreachableError
from comboio.otlp.exporter import FIRST_PAUSE_S, LONGEST_PAUSE_S, Exporter
from comboio.otlp.span import Span, SpanContext, SpanKind

SPANS = [Span(SpanContext("a1" * 16, f"{number:016x}"), "x", SpanKind.INTERNAL, 1, 2) for number in range(1, 4)]
OK = Answer(200, b"{}")


class Receiver:
    """A receiver that answers as it is told, and an exporter to it."""

    def __init__(self, timeout_s: float = 0.5) -> None:
        self.now = 0.0
        self.answer: Callable[[], Answer] = lambda: OK
        self.asked: list[float] = []
        self.told: list[tuple[str, Mapping[str, object]]] = []
        self.exporter = Exporter(
            self._post, {}, timeout_s, lambda: self.now, lambda text, facts: self.told.append((text, facts))
        )

    def _post(self, body: bytes, within_s: float) -> Answer:
        self.asked.append(within_s)
        return self.answer()


def _raise(error: Exception) -> Callable[[], Answer]:
    def answer() -> Answer:
        raise error

    return answer


@pytest.mark.robustness("a receiver of traces that is away, hangs, or answers nonsense")
@pytest.mark.parametrize(
    "answer",
    [
        _raise(UnreachableError("refused")),
        _raise(TimeoutError()),
        _raise(ValueError("a header has a line break in it")),
        _raise(RuntimeError("a defect")),
        lambda: Answer(500, b"<html>" * 10_000),
        lambda: Answer(301, b""),
        lambda: Answer(400, b"\xff"),
    ],
)
def test_no_failure_is_anybodys_trouble(answer: Callable[[], Answer]) -> None:
    """Whatever goes wrong, nothing is raised; the spans are counted, and an operator is told once, in a short line."""
    receiver = Receiver()
    receiver.answer = answer
    for _ in range(50):
        receiver.exporter.export(SPANS, 10.0)
        receiver.now += 1.0
    assert receiver.exporter.dropped == 150
    assert len(receiver.told) == 1
    assert len(str(receiver.told[0][1])) < 300


def test_a_receiver_that_fails_is_left_alone_for_longer_and_longer() -> None:
    """The pauses double up to the longest, so that one that hangs costs its timeout ever more seldom."""
    receiver = Receiver()
    receiver.answer = _raise(UnreachableError("hangs"))
    while receiver.now < 7_200:
        receiver.exporter.export(SPANS, 10.0)
        receiver.now += 0.5
    assert len(receiver.asked) <= 6 + 7_200 / LONGEST_PAUSE_S


def test_a_receiver_that_is_back_is_told_of_once() -> None:
    """After the pause it is tried again; the line says how many spans are gone, and the next outage has lines again."""
    receiver = Receiver()
    for _ in range(2):
        receiver.answer = _raise(UnreachableError("away"))
        receiver.exporter.export(SPANS, 10.0)
        receiver.now += FIRST_PAUSE_S
        receiver.answer = lambda: OK
        receiver.exporter.export(SPANS, 10.0)
        receiver.exporter.export(SPANS, 10.0)
    assert [facts.get("spans_dropped") for _, facts in receiver.told] == [3, 3, 6, 6]
    assert len(receiver.asked) == 6


def test_the_time_is_the_lesser_of_both() -> None:
    """An export gets what is left or its own timeout; with hardly any left it does not begin."""
    receiver = Receiver(timeout_s=0.5)
    for within_s in (10.0, 0.1, 0.001, -1.0):
        receiver.exporter.export(SPANS, within_s)
    assert receiver.asked == [0.5, 0.1]
    assert receiver.exporter.dropped == 6


@pytest.mark.parametrize(
    ("body", "rejected"),
    [
        (b'{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}', 2),
        (b'{"partialSuccess":{"rejectedSpans":1}}', 1),
        (b'{"partialSuccess":{}}', 0),
        (b'{"partialSuccess":{"rejectedSpans":-5}}', 0),
        (b'{"partialSuccess":{"rejectedSpans":1e999}}', 0),
        (b'{"partialSuccess":[]}', 0),
        (b"[1]", 0),
        (b"", 0),
        (b"\xff\xfe", 0),
        (b"[" * 100_000, 0),
    ],
)
def test_spans_that_a_success_rejects_are_counted(body: bytes, rejected: int) -> None:
    """A partial success counts what was rejected, and tells of it once; an answer without sense is a success."""
    receiver = Receiver()
    receiver.answer = lambda: Answer(200, body)
    for _ in range(3):
        receiver.exporter.export(SPANS, 10.0)
    assert receiver.exporter.dropped == 3 * rejected
    assert len(receiver.told) == (1 if rejected else 0)
    assert len(receiver.asked) == 3
