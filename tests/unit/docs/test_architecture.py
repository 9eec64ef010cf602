"""docs/architecture.md leads to the files where the rules are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ANSWER = re.compile(r"^\| (.+\?) \| `([^`]+)` \|(?: `([^`]+)`)? \|$", re.MULTILINE)


def answers() -> list[tuple[str, str, str]]:
    """Return the table "Where is the rule for ...": question, file, and the name to look for in it."""
    return ANSWER.findall(PAGE.partition("## Where is the rule for")[2])


def test_each_rule_is_where_the_map_says() -> None:
    """Each answer names a file that exists, and the name that it points out is defined there."""
    lost = []
    for question, file, name in answers():
        path = ROOT / file
        if not path.is_file():
            lost.append(f"{question}: there is no {file}")
        elif name and not re.search(
            rf"^\s*(class |def |async def )?{name}\b *[(:=]", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            lost.append(f"{question}: {file} defines no {name}")
    assert not lost


def test_the_map_answers_what_strangers_ask() -> None:
    """The thirteen questions that a reading of the code began with are answered, and some more."""
    asked = [
        *("attempts", "backoff", "concurrency", "deadline", "order of a key", "reloaded", "duplicate"),
        *("error of Kafka", "paused", "watchdog", "before a retry", "limits of SQS", "circuit breaker"),
    ]
    questions = [question for question, _, _ in answers()]
    assert not [words for words in asked if not any(words in question for question in questions)]


def test_every_product_folder_is_on_the_map() -> None:
    """A folder with code that is not on the map is one that a stranger finds by chance."""
    sources = ("producer", "consumer", "functions", "layers/comboio/comboio", "ops", "plan", "charts", "local", "bench")
    folders = {
        path.parent.relative_to(ROOT).as_posix() for source in sources for path in (ROOT / source).rglob("__init__.py")
    }
    below_the_door = {"ops/", "plan/", "local/", "bench/", "functions/dlq_replayer/"}
    unnamed = {
        folder for folder in folders if f"`{folder}/`" not in PAGE and not folder.startswith(tuple(below_the_door))
    } - {"layers/comboio/comboio"}
    assert not unnamed
