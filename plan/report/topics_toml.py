"""Writes the topics file of a plan, as `python -m producer topics` reads it."""

from collections.abc import Sequence

from plan.plan import Plan
from plan.profile.profile import CodeShare


def topics_toml(plan: Plan) -> str:
    """Return the file's text. The strategy is named `domain`, which is the producer's default."""
    default = plan.busiest.topic
    others = [topic.topic for topic in plan.topics if topic.topic is not default]
    listed = [(found, topic.name) for topic in others if (found := _ranges(topic.codes))]
    rules = [f'  {{ codes = [{found}], topic = "{name}" }},' for found, name in listed]
    lines = [
        f"# Made by `make plan` for: {plan.profile.name}",
        "# Use it: PRODUCER_TOPICS_FILE=<this file> PRODUCER_TOPIC_STRATEGY=domain python -m producer topics plan",
        f"# The key that goes with it: PRODUCER_KEY_STRATEGY={plan.busiest.spread.strategy}",
        "",
        *_texts(plan.profile.codes),
        f"known = [{_ranges(plan.profile.codes)}]",
        "",
        "[strategies.domain]",
        f'default = "{default.name}"',
        "rules = [",
        *rules,
        "]",
    ]
    for topic in plan.topics:
        decided = topic.partitions.decided_by
        lines += [
            "",
            f"[topics.{_key(topic.topic.name)}]  # {decided.name}: {decided.why}",
            f"partitions = {topic.partitions.count}",
            f"retention_hours = {plan.profile.retention_h:g}",
        ]
    return "\n".join(lines) + "\n"


def _texts(codes: Sequence[CodeShare]) -> list[str]:
    """Say how many codes the file cannot list: those of the producer are numbers."""
    count = sum(isinstance(code.codigo, str) for code in codes)
    if not count:
        return []
    return [f"# {count} codes are texts, and not listed: messages of them go where their sender writes them."]


def _key(name: str) -> str:
    """Quote a topic's name where TOML would take its dots for tables."""
    return f'"{name}"' if "." in name else name


def _ranges(codes: Sequence[CodeShare]) -> str:
    """Write codes as numbers and ranges, so that a thousand of them stay readable."""
    found: list[list[int]] = []
    for code in sorted(each.codigo for each in codes if isinstance(each.codigo, int)):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return ", ".join(str(low) if low == high else f'"{low}-{high}"' for low, high in found)
