"""The pages for those who decide: two languages that say the same, and claims that can be checked."""

import re
from functools import cache
from operator import add, mul, truediv
from pathlib import Path

import pytest

from docs.generate.claims import Claim, claims, claims_page
from plan.advice import advice
from plan.plan import Sources, make_plan
from plan.profile.file import load
from plan.report.sections import sections

ROOT = Path(__file__).parents[3]
BOARD = ROOT / "docs" / "decisions"
PAIRS = [(BOARD / "en" / page.name, page) for page in sorted((BOARD / "pt").glob("*.md"))]
NUMBER = re.compile(r"\d[\d.,]*")
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```", re.MULTILINE | re.DOTALL)


def figures(text: str, thousands: str, point: str) -> list[str]:
    """Return the numbers of a text as English writes them, without separators of thousands, in any order."""
    found = (number.strip(".,") for number in NUMBER.findall(text))
    groups = re.compile(rf"{re.escape(thousands)}(?=\d{{3}}(?!\d))")  # elsewhere it is a version, such as 3.11
    return sorted(groups.sub("", number).replace(point, ".") for number in found)


def sections_of(page: Path) -> list[tuple[str, str]]:
    """Return the level of each heading of a page, with the text below it."""
    text = re.sub(r"https?://\S+", "", page.read_text(encoding="utf-8"))
    parts = re.split(r"^(#+) .*$", text, flags=re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return [(parts[n], heading + parts[n + 1]) for n, heading in zip(range(1, len(parts), 2), headings, strict=True)]


def test_both_languages_have_the_same_pages() -> None:
    """No page exists in one language alone."""
    assert {page.name for page in (BOARD / "en").glob("*.md")} == {page.name for page in (BOARD / "pt").glob("*.md")}
    assert "claims.md" in {page.name for _, page in PAIRS}


@pytest.mark.parametrize(("english", "portuguese"), PAIRS, ids=lambda page: page.name)
def test_both_languages_have_the_same_headings_and_figures(english: Path, portuguese: Path) -> None:
    """Heading by heading, the numbers are the same; only their separators differ."""
    here, there = sections_of(english), sections_of(portuguese)
    assert [level for level, _ in here] == [level for level, _ in there]
    for (_, one), (_, other) in zip(here, there, strict=True):
        assert figures(one, ",", ".") == figures(other, ".", ","), other[:80]


def test_the_readme_is_the_same_in_both_languages() -> None:
    """The README in Portuguese has the headings, the code and the figures of the English one."""
    english, portuguese = ROOT / "README.md", ROOT / "README.pt.md"
    here, there = sections_of(english), sections_of(portuguese)
    assert [level for level, _ in here] == [level for level, _ in there]
    for (_, one), (_, other) in zip(here, there, strict=True):
        assert figures(one, ",", ".") == figures(other, ".", ","), other[:80]


@cache
def plan_text(profile: str) -> str:
    """Return all that a plan says."""
    sources = Sources.load()
    plan = make_plan(load(ROOT / "examples" / "profiles" / f"{profile}.toml"), sources)
    texts = [each.text for each in advice(plan)]
    for part in sections(plan, [(plan.profile.rate, plan)], sources):
        texts += part.paragraphs
        texts += [" ".join(row) for row in (part.table.rows if part.table else ())]
    return "\n".join(texts)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.en[:40])
def test_each_claim_has_its_figure(claim: Claim) -> None:
    """The figure stands where the claim says: in a file of results, or in what the plan says today."""
    assert claim.figure in text_of(claim.where)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.en[:40])
def test_each_number_of_a_reason_stands_where_it_is_from(claim: Claim) -> None:
    """No number of the words around a figure is older than its file, or is from nowhere."""
    known = set(figures(text_of(claim.where), ",", ".")) | set(figures(claim.en, ",", "."))
    lost = [number for number in figures(claim.says["en"], ",", ".") if number not in known]
    assert [number for number in lost if number not in claim.also] == []
    for number, source in claim.also.items():
        if sum_ := re.fullmatch(r"([\d.]+) ([*/+]) ([\d.]+)", source):
            digits = len(number.partition(".")[2])
            operate = {"*": mul, "/": truediv, "+": add}[sum_[2]]
            assert f"{operate(float(sum_[1]), float(sum_[3])):.{digits}f}" == number
        else:
            assert number in figures(text_of(source), ",", ".")


def text_of(place: str) -> str:
    """Return a file of the repository, or all that a plan says."""
    if place.partition(":")[0] == "plan":
        return plan_text(place.partition(":")[2] or "fleet")
    return (ROOT / place).read_text(encoding="utf-8")


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.en[:40])
def test_each_claim_has_a_command_and_both_languages_say_the_same(claim: Claim) -> None:
    """The command is one of the Makefile's, the verdict is one of three, and both reasons have the same numbers."""
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert claim.command.split()[0] == "make"
    assert claim.command.split()[1] in targets
    assert claim.verdict in ("proved", "in part", "refuted")
    assert figures(claim.says["en"], ",", ".") == figures(claim.says["pt"], ".", ",")


def test_there_are_as_many_claims_as_the_documents_make() -> None:
    """About thirty sentences are claims; none is left out because it is refuted."""
    assert len(claims()) >= 30
    assert any(claim.verdict == "refuted" for claim in claims())


@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_pages_of_claims_are_up_to_date(language: str) -> None:
    """The pages are what the file says; `make docs` writes them."""
    assert (BOARD / language / "claims.md").read_text(encoding="utf-8") == claims_page(language)


@pytest.mark.parametrize(("english", "portuguese"), PAIRS, ids=lambda page: page.name)
def test_both_languages_draw_the_same(english: Path, portuguese: Path) -> None:
    """Each diagram has the same nodes and arrows in both languages; only the words on them differ."""
    here, there = (DIAGRAM.findall(page.read_text(encoding="utf-8")) for page in (english, portuguese))
    assert [skeleton(each) for each in here] == [skeleton(each) for each in there]


def skeleton(diagram: str) -> str:
    """Return a diagram without its words."""
    without = re.sub(r'"[^"]*"', '""', diagram)
    return re.sub(r"\|[^|\n]*\|", "||", without)


@pytest.mark.parametrize(
    "page", [page for pair in PAIRS for page in pair], ids=lambda page: page.parent.name + page.name
)
def test_a_diagram_closes_what_it_opens(page: Path) -> None:
    """Brackets, quotes and subgraphs are balanced, and each arrow leads to a node that is drawn."""
    for diagram in DIAGRAM.findall(page.read_text(encoding="utf-8")):
        assert diagram.split("\n")[0].split()[0] == "flowchart"
        assert diagram.count('"') % 2 == 0
        assert len(re.findall(r"^ *subgraph ", diagram, re.MULTILINE)) == len(
            re.findall(r"^ *end$", diagram, re.MULTILINE)
        )
        bare = re.sub(r'"[^"]*"', "", diagram)
        assert all(bare.count(one) == bare.count(other) for one, other in ("[]", "()", "{}"))
        drawn = set(re.findall(r"(\w+)[\[({]", bare)) | set(re.findall(r"subgraph (\w+)", bare))
        for line in re.findall(r"^.*(?:-->|-\.->|<-->).*$", bare, re.MULTILINE):
            ends = re.sub(r"\|[^|]*\||-->|-\.->|<-->|&", " ", line).split()
            assert {re.split(r"[\[({]", end)[0] for end in ends} <= drawn, line
