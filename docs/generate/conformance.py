"""What AWS documents of its Kafka mapping, and the tests that hold the consumer to it, as a page."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from consumer.conformance.situations import SITUATIONS
from docs.generate.table import row

TABLE = Path(__file__).with_suffix(".toml")
GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"
"""Where the pages of AWS's developer guide stand."""

HEAD = """# What AWS's Kafka mapping does, and what holds the consumer to it

Each row is a documented behaviour of AWS's event source mapping for Kafka, the page that documents it, and the tests
that hold the consumer to it. Where AWS leaves a question open, the consumer has an option for each reading, or the
notes say which one it has. `make docs` writes this page from `docs/generate/conformance.toml`; a test fails when one of
its tests is not there any more.

"""

CONTRACT = """
## Hold another mapping to it

What can be seen from outside is a contract that any mapping for Kafka can be held to, such as that of an emulator:

```sh
.venv/bin/python -m consumer.conformance --kafka 127.0.0.1:9092 --endpoint 127.0.0.1:9001 --start ./my-mapping.sh
```

It makes topics, produces, answers Lambda's Invoke at `--endpoint`, and judges each row by the events that the function
got, what the group committed, and what the on-failure topic has. `--start` is a command, since not every mapping has
Lambda's API. It is run for each situation, until it gets SIGTERM, with these variables:

| variable | what it has |
| --- | --- |
| `KAFKA_BOOTSTRAP_SERVERS` | the cluster, which asks for no authentication |
| `MAPPING_TEMPLATE` | a file: a CloudFormation template in JSON with one `AWS::Lambda::EventSourceMapping`, `Mapping` |
| `FUNCTION_ENDPOINT` | a URL that is Lambda to any AWS SDK: `POST /2015-03-31/functions/{name}/invocations` |
| `FUNCTION_NAME` | the function to invoke |

For an emulator with Lambda's API the command creates the mapping that the template declares, and deletes it at
SIGTERM. Without `--start` this consumer is held to it, as a test does. A row `passes`, `fails`, or is `open`: there
AWS's documents allow more than one reading, and what was seen is told. The exit status is 0 if no row fails. `--report`
writes the result as JSON, `--situation` chooses, `--at-a-time` runs several situations side by side, and `--within`
gives a mapping more than 40 s to commit all of one. A mapping that AWS runs invokes no endpoint of yours:
`make aws-check` asks it the open rows by a function of its own ([deploy](../how-to/deploy.md#check-an-account)).

"""


class Behaviour(NamedTuple):
    """One thing that the mapping does."""

    what: str
    page: str
    """The page's short name in the table."""
    tests: list[str]
    """The tests that hold it: the file below `tests/` without its ending, `::`, the function."""
    note: str = ""
    """What is open in AWS's documents, or is not honoured."""


def table() -> tuple[dict[str, str], list[Behaviour]]:
    """Return AWS's pages by their short names, and the behaviours."""
    whole: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return whole["pages"], [Behaviour(**each) for each in whole["behaviours"]]


def conformance_page() -> str:
    """Return the page."""
    pages, behaviours = table()
    lines = [row("behaviour", "AWS's page", "held by", "notes"), row("---", "---", "---", "---")]
    for each in behaviours:
        page = pages[each.page]
        tests = "<br>".join(f"`{test.replace('::', '.py::')}`" for test in each.tests)
        lines.append(row(each.what, f"[{page}]({GUIDE}{page}.html)", tests, each.note))
    rows = [row("situation", "behaviour", "open", "AWS's page"), row("---", "---", "---", "---")]
    rows += [
        row(each.name, what.what, "open" if what.is_open else "", f"[{what.page}]({GUIDE}{what.page}.html)")
        for each in SITUATIONS
        for what in each.rows
    ]
    return HEAD + "\n".join(lines) + "\n" + CONTRACT + "\n".join(rows) + "\n"
