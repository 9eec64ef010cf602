"""The index of the decision records as a page, from their headings."""

import re
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

from docs.generate.table import row

FOLDER = Path(__file__).parents[1] / "adr"
HEADING = re.compile(r"# (\d{4}): (\S.*)")
STATUS = re.compile(r"Status: (\S.*)")

HEAD = """# Decision records

Each decision that somebody could argue with: what led to it, the options with their numbers, the decision, and what
follows from it. A record is written with the change that it decides. When a later decision replaces a part of it, its
status says so; records are corrected in place where a name moved or a figure was wrong, never rewritten to look wiser.

"""

TAIL = """
## Numbers

A record takes the next free number and keeps it. These were set aside while several records were written side by side,
and have no record: UNUSED.

## Form

A new record is a file of this folder, `NNNN-short-title.md`:

```markdown
# NNNN: The decision as a sentence, or what it is about

Status: accepted, 2026-11-25

## Context

What has to hold, what was seen, what it costs today. Facts with their source.

## Options

Each with its numbers, in a table where there are several. How they were measured: machine, versions, runs.

## Decision

What is done, and the reason for each part that is not obvious.

## Measurements

Where there is more to show than the options' numbers.

## Consequences

What gets better, what it costs, what remains possible, and the test that holds it.
```

Options and Measurements are left out where there is nothing to say. `make docs` renews the index above; a test fails
when it is out of date, or when a record has another form.
"""


WIDTH = 120
"""Columns of prose at most."""

SET_ASIDE = (15, 18, 19, *range(21, 61))
"""Numbers that were given out while several records were written side by side; the index names those without one."""


class Decision(NamedTuple):
    """A decision record as its head describes it."""

    file: str
    number: str
    title: str
    status: str


def decisions() -> list[Decision]:
    """Return the decision records by number.

    Raises:
        ValueError: a record's head is not of the form that the index describes.
    """
    found = []
    for path in sorted(FOLDER.glob("[0-9]*.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        heading, status = HEADING.fullmatch(lines[0]), STATUS.fullmatch(lines[2])
        if heading is None or status is None:
            raise ValueError(
                f"{path.name} does not begin with `# NNNN: Title` and `Status: ...` (docs/adr/README.md, Form)"
            )
        found.append(Decision(path.name, heading[1], heading[2], status[1]))
    return found


def decisions_page() -> str:
    """Return the page."""
    found = decisions()
    numbers = {int(each.number) for each in found}
    unused = ", ".join(f"{number:04}" for number in SET_ASIDE if number not in numbers and number < max(numbers))
    lines = [row("number", "decision", "status"), row("---", "---", "---")]
    lines += [row(each.number, f"[{each.title}]({each.file})", each.status) for each in found]
    tail = TAIL.replace("and have no record: UNUSED.", fill(f"and have no record: {unused}.", WIDTH))
    return HEAD + "\n".join(lines) + "\n" + tail
