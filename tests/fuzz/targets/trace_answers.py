"""What a receiver of traces answers, and the headers that are set for it: neither hinders whoever has the spans."""

from comboio.aws.http import Answer
from comboio.otlp.exporter import Exporter
from comboio.otlp.receiver import pairs
from comboio.otlp.span import Span, SpanContext, SpanKind
from tests.fuzz.target import CANARY, Target, keep_secret, promised

SPANS = [Span(SpanContext("a1" * 16, f"{number:016x}"), "x", SpanKind.INTERNAL, 1, 2) for number in range(1, 4)]


def check(data: bytes) -> None:
    """Answer with a status, which the first two bytes choose, and the rest; read the rest as headers, too."""
    said: list[str] = []
    answer = Answer(100 + int.from_bytes(data[:2]) % 500, data[2:])
    now = 1_000.0
    exporter = Exporter(
        lambda body, within_s: answer, {}, 0.5, lambda: now, lambda text, facts: said.append(f"{text} {facts}")
    )
    for _ in range(3):
        exporter.export(SPANS, 1.0)
        now += 400.0
    promised(exporter.dropped >= 0, "spans are counted")
    taken = 200 <= answer.status < 300
    promised(taken or exporter.dropped == 3 * len(SPANS), "what was refused is counted")
    promised(len(said) <= 1, "an operator is told once")
    keep_secret(said)
    for name, value in pairs(data[2:].decode("utf-8", "replace")).items():
        promised(name and isinstance(value, str), "a header has a name")


TARGET = Target(
    check,
    [
        b"\0\x64{}",
        b"\0\x64" + b'{"partialSuccess":{"rejectedSpans":"2","errorMessage":"%b"}}' % CANARY.encode(),
        b"\0\x64" + b'{"partialSuccess":{"rejectedSpans":2}}',
        b"\x01\x90" + b"<html>%b</html>" % CANARY.encode(),
        b"\0\x00" + b"api-key=%b,b=2%%2C3, c = d" % CANARY.encode(),
    ],
    [b'"partialSuccess"', b'"rejectedSpans"', b'"errorMessage"', f'"{CANARY}"'.encode(), b"-1", b"1e300", b"%", b","],
)
