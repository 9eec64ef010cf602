"""`make plan PROFILE=fleet.toml`: prints a plan, and writes its page and the files that carry it out."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from plan.advice import advice
from plan.plan import Plan, Sources, make_plan
from plan.profile.file import load
from plan.report.compare import compare
from plan.report.page import page
from plan.report.parameters import samconfig
from plan.report.sections import SCALES, sections
from plan.report.terminal import show
from plan.report.topics_toml import topics_toml
from plan.sample.read import read
from plan.sizing.partitions import TooManyPartitionsError


def run(arguments: Sequence[str], console: Console) -> int:
    """Run the command; return its exit status, 0.

    Raises:
        ProfileError: the profile makes no sense.
        TooManyPartitionsError: no cluster carries it.
        SampleError: the sample cannot be read or says nothing.
    """
    asked = _parser().parse_args(arguments)
    sources = Sources.load()
    sample = read(asked.sample, asked.routes) if asked.sample else None
    plan = make_plan(load(asked.profile, sample), sources)
    parts = list(sections(plan, scaled(plan, sources), sources))
    if asked.against is not None:
        parts.insert(0, compare(plan, make_plan(load(asked.against), sources)))
    found = advice(plan)
    show(console, plan.profile.name, found, parts)
    asked.output.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("report.html", page(plan.profile.name, found, parts)),
        ("topics.toml", topics_toml(plan)),
        ("samconfig.toml", samconfig(plan)),
    ):
        (asked.output / name).write_text(text, encoding="utf-8")
    console.print(f"Written: {asked.output}/report.html, topics.toml, samconfig.toml", highlight=False, soft_wrap=True)
    return 0


def scaled(plan: Plan, sources: Sources) -> list[tuple[float, Plan]]:
    """Return plans of the same profile at other rates, as far as a cluster carries them."""
    found = []
    for rate in SCALES:
        with suppress(TooManyPartitionsError):
            found.append((rate, make_plan(replace(plan.profile, rate=rate), sources)))
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make plan PROFILE=", description="Plans a deployment from a traffic profile."
    )
    parser.add_argument("profile", type=Path, help="the profile, such as examples/profiles/fleet.toml")
    parser.add_argument("--against", type=Path, help="a second profile to set beside it (AGAINST=)")
    parser.add_argument("--sample", help="messages.jsonl, counts.csv or kafka://host:port/topic (SAMPLE=)")
    parser.add_argument("--routes", type=Path, help="the routing table that reads its messages (ROUTES=)")
    parser.add_argument("--output", type=Path, default=Path("build/plan"), help="where report.html and the files go")
    return parser
