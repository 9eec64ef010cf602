"""Writes the report of the proof of concept: the five questions, each answered with its number, and charts."""

from html import escape

from bench.producer.msk_cost import assumptions, usd_per_million
from bench.producer.poc_figures import Poc
from bench.producer.poc_prediction import prediction
from charts.bars import bars
from charts.page import page, section
from charts.section import Section, Table

TARGET = 13_000
"""Messages a second that the domain needs."""
EVEN = 1.2
"""A topic counts as evenly spread if its hottest partition has at most 20% more than the mean."""


def answers(poc: Poc) -> list[tuple[str, str]]:
    """Answer the five questions of the plan in words and numbers."""
    scales = [scale for strategy in poc.strategies for scale in strategy.scales]
    acked, records = sum(s.acked for s in scales), sum(s.facts.records for s in scales)
    doubles = records - sum(s.facts.distinct for s in scales)
    even = next(s for s in poc.strategies if s.name == "codigo+truck_id")
    hot = next(s for s in poc.strategies if s.name == "codigo")
    steps = [step for strategy in poc.strategies for step in strategy.steps]
    slowest, fastest = min(step.rate for step in steps), max(step.rate for step in steps)
    one, two = even.scales[0], even.scales[-1]
    disorder = sum(s.facts.out_of_order for s in scales)
    strays = sum(s.facts.two_partitions for s in scales)
    cost = usd_per_million(TARGET)
    first, last = even.steps[0], even.steps[-1]
    return [
        (
            "Does it publish to several topics correctly?",
            f"{'Yes' if acked == records and not doubles else 'NO'}: {acked:,} messages were acknowledged in the "
            f"read-back runs, {records:,} records are in mt-c400 and mt-c300, {doubles} of them twice.",
        ),
        (
            "Does it control the distribution over partitions?",
            f"{'Yes' if even.skew <= EVEN < hot.skew else 'In part'}: by the key alone. With 80/20 traffic on 12 "
            f"partitions the hottest partition gets {even.skew:.2f} times the mean with codigo+truck_id, and "
            f"{hot.skew:.2f} times with codigo. The producer never names a partition; {strays} keys were found on two.",
        ),
        (
            "Does it simulate realistic volume?",
            f"{'Yes' if slowest >= TARGET else 'Not on this machine'}: one process reached {slowest:,.0f} to "
            f"{fastest:,.0f} acknowledged messages a second over all steps; the domain needs {TARGET:,}.",
        ),
        (
            "Does it scale out without breaking?",
            f"{'Yes' if not disorder and not strays else 'NO'}: from one process to two, each at its "
            f"{poc.rate:,.0f}/s, the rate went from {one.rate:,.0f} to {two.rate:,.0f} "
            f"(x{two.rate / max(one.rate, 1):.2f}), with "
            f"{disorder} records out of their key's order and {doubles} duplicates. The two did not coordinate.",
        ),
        (
            "How do latency and cost behave?",
            f"At {poc.rate:,.0f}/s a process, an acknowledgement takes {one.ack_p50:.0f} ms at the median and "
            f"{one.ack_p99:.0f} ms at p99 (50 ms of it are the linger); with two processes {two.ack_p50:.0f} and "
            f"{two.ack_p99:.0f} ms. At full speed the wait in the queue comes on top: p99 {first.ack_p99:.0f} ms with "
            f"{first.threads} thread, {last.ack_p99:.0f} ms with {last.threads}. On Amazon MSK a million messages cost "
            f"about {sum(cost.values()):.3f} USD at {TARGET:,}/s.",
        ),
    ]


def markdown(poc: Poc) -> str:
    """Write the report as Markdown."""
    parts = [f"# The producer's proof of concept\n\n{_setting(poc)}\n", "## The five questions\n"]
    parts += [f"{number}. **{question}** {answer}\n" for number, (question, answer) in enumerate(answers(poc), 1)]
    for title, rows in _tables(poc):
        parts.append(f"## {title}\n")
        head, *body = rows
        parts.append("\n".join(["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]))
        parts.append("\n".join("| " + " | ".join(row) + " |" for row in body) + "\n")
    parts.append(f"Assumptions of the cost: {assumptions()}.\n")
    return "\n".join(parts)


def html(poc: Poc) -> str:
    """Write the report as one HTML page that needs no other file."""
    questions = "".join(f"<li><b>{escape(q)}</b> {escape(a)}</li>" for q, a in answers(poc))
    setting = f'<p class="note">{escape(_setting(poc))}</p><h2>The five questions</h2><ol>{questions}</ol>'
    found = [
        Section("Charts", charts=_charts(poc)),
        *(Section(title, table=Table(rows)) for title, rows in _tables(poc)),
    ]
    sources = f'<p class="note">Assumptions of the cost: {escape(assumptions())}.</p>'
    return page("The producer's proof of concept", [setting, *map(section, found), sources])


def _charts(poc: Poc) -> list[str]:
    names = [strategy.name for strategy in poc.strategies]
    threads = [f"{step.threads} thread{'s' * (step.threads > 1)}" for step in poc.strategies[0].steps]
    columns = list(zip(*(strategy.steps for strategy in poc.strategies), strict=True))
    rates = [(label, [step.rate for step in column]) for label, column in zip(threads, columns, strict=True)]
    p99 = [(label, [step.ack_p99 for step in column]) for label, column in zip(threads, columns, strict=True)]
    scales = list(zip(*(strategy.scales for strategy in poc.strategies), strict=True))
    labels = [f"{column[0].processes} process{'es' * (column[0].processes > 1)}" for column in scales]
    out = [
        bars("Ramp-up: acknowledged, at full speed", "msg/s", names, rates, mark=("13,000/s", TARGET)),
        bars("Ramp-up: ack latency p99, with the wait in the queue", "ms", names, p99),
        bars(
            f"Scale-out: acknowledged at {poc.rate:,.0f}/s a process",
            "msg/s",
            names,
            [(label, [s.rate for s in column]) for label, column in zip(labels, scales, strict=True)],
        ),
        bars(
            "Scale-out: ack latency p99",
            "ms",
            names,
            [(label, [s.ack_p99 for s in column]) for label, column in zip(labels, scales, strict=True)],
        ),
    ]
    for strategy in poc.strategies:
        total = max(sum(strategy.counts), 1)
        shares = [100 * count / total for count in strategy.counts]
        title = f"{strategy.name}: share of each partition, hottest {strategy.skew:.2f} x mean"
        partitions = [str(number) for number in range(len(shares))]
        out.append(bars(title, "%", partitions, [("share", shares)], mark=("mean", 100 / len(shares))))
    return out


def _tables(poc: Poc) -> list[tuple[str, list[list[str]]]]:
    ramp = [["strategy", "threads", "msg/s", "ack p50 ms", "ack p99 ms", "deepest queue"]]
    spread = [["strategy", "hottest / mean", "hottest share", "emptiest share", "partitions used"]]
    scale = [["strategy", "processes", "msg/s", "ack p99 ms", "records", "twice", "keys", "out of order"]]
    for strategy in poc.strategies:
        for step in strategy.steps:
            numbers = [f"{step.rate:,.0f}", f"{step.ack_p50:.0f}", f"{step.ack_p99:.0f}", f"{step.queue:,}"]
            ramp.append([strategy.name, str(step.threads), *numbers])
        total = max(sum(strategy.counts), 1)
        used = sum(1 for count in strategy.counts if count)
        shares = [f"{max(strategy.counts) / total:.1%}", f"{min(strategy.counts) / total:.1%}"]
        spread.append([strategy.name, f"{strategy.skew:.2f}", *shares, f"{used} of {len(strategy.counts)}"])
        for s in strategy.scales:
            facts = s.facts
            counts = [facts.records, facts.records - facts.distinct, facts.keys, facts.out_of_order]
            rates = [f"{s.rate:,.0f}", f"{s.ack_p99:.0f}"]
            scale.append([strategy.name, str(s.processes), *rates, *(f"{count:,}" for count in counts)])
    cost = usd_per_million(TARGET)
    costs = [["part", "USD a million"], *([part, f"{usd:.4f}"] for part, usd in cost.items())]
    costs.append(["all", f"{sum(cost.values()):.4f}"])
    return [
        ("Ramp-up", ramp),
        ("Distribution over the 12 partitions of mt-c400", spread),
        ("The plan's prediction beside what was measured", prediction(poc)),
        ("Scale-out and order per key, by reading Kafka back", scale),
        (f"Cost on Amazon MSK at {TARGET:,} messages a second", costs),
    ]


def _setting(poc: Poc) -> str:
    return (
        f"{poc.at}, {poc.broker} on the same {poc.cores} cores, steps of {poc.step_s:g} s, 203-byte payloads, 50 "
        "codes of which 20% make 80% of the traffic, 2,000 trucks, lz4, acks=all, idempotent."
    )
