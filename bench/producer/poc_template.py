"""Fills in the report of docs/decisions, in each language, with what the proof of concept measured."""

import re
from collections.abc import Mapping
from pathlib import Path

from bench.producer.msk_cost import usd_per_million
from bench.producer.poc_figures import Poc
from bench.producer.poc_prediction import besides
from bench.producer.poc_report import EVEN, TARGET

BOARD = Path(__file__).parents[2] / "docs" / "decisions"
"""Where the templates are: the text block of each language's poc.md."""

LEAST_TIMES, MOST_P99_MS = 1.8, 250.0
"""The aims of scale-out and latency."""

WORDS: Mapping[str, tuple[str, str]] = {"en": ("yes", "no"), "pt": ("sim", "não")}
"""Yes and no."""


def filled_in(poc: Poc, language: str) -> str:
    """Return the report in a language, with its own separators of numbers."""
    text = (BOARD / language / "poc.md").read_text(encoding="utf-8")
    found = re.search(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"docs/decisions/{language}/poc.md has no block ```text with the report")
    values = {name: _localised(value, language) for name, value in _values(poc, language).items()}
    return found.group(1).format(**values)


def _values(poc: Poc, language: str) -> dict[str, str]:
    yes, no = WORDS[language]
    scales = [scale for strategy in poc.strategies for scale in strategy.scales]
    steps = [step for strategy in poc.strategies for step in strategy.steps]
    even = next(each for each in poc.strategies if each.name == "codigo+truck_id")
    hot = next(each for each in poc.strategies if each.name == "codigo")
    acked, records = sum(each.acked for each in scales), sum(each.facts.records for each in scales)
    twice = records - sum(each.facts.distinct for each in scales)
    disorder = sum(each.facts.out_of_order + each.facts.two_partitions for each in scales)
    times = even.scales[-1].rate / max(even.scales[0].rate, 1)
    slowest, fastest = min(each.rate for each in steps), max(each.rate for each in steps)
    plan = {each.name: each for each in besides(poc)}
    p99 = max(each.ack_p99 for each in even.scales)
    kept = (
        acked == records and not twice,
        even.skew <= EVEN,
        slowest >= TARGET,
        times >= LEAST_TIMES and not disorder,
        p99 <= MOST_P99_MS,
    )
    return {
        "at": poc.at,
        "broker": poc.broker,
        "cores": str(poc.cores),
        "step_s": f"{poc.step_s:g}",
        "rate": f"{poc.rate:,.0f}",
        "acked": f"{acked:,}",
        "records": f"{records:,}",
        "twice": f"{twice:,}",
        "skew_default": f"{even.skew:.2f}",
        "skew_codigo": f"{hot.skew:.2f}",
        "plan_default": f"{plan[even.name].predicted:.2f}",
        "plan_codigo": f"{plan[hot.name].predicted:.2f}",
        "off": f"{100 * max(each.error for each in plan.values()):.1f}",
        "slowest": f"{slowest:,.0f}",
        "fastest": f"{fastest:,.0f}",
        "times": f"{times:.2f}",
        "disorder": f"{disorder:,}",
        "p99": f"{p99:.0f}",
        "usd": f"{sum(usd_per_million(TARGET).values()):.3f}",
        **{f"q{number}": yes if each else no for number, each in enumerate(kept, 1)},
        **{f"k{number}": yes if each else no for number, each in enumerate(kept, 1)},
    }


def _localised(value: str, language: str) -> str:
    """Return a number as the language writes it; anything else as it is."""
    if language == "pt" and re.fullmatch(r"[\d,]+(\.\d+)?", value):
        return value.translate(str.maketrans(",.", ".,"))
    return value
