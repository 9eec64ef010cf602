"""The claims of the documents that Comboio comes from, as a page in each language, from one file."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap

FILE = Path(__file__).parents[1] / "decisions" / "claims.toml"

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "proved": "proved",
        "in part": "in part",
        "refuted": "refuted",
        "several": "{} proved, {} in part, {} refuted",
        "shown by": "Shown by",
        "head": """# The claims, one by one

What the documents that Comboio comes from claim, sentence by sentence, each with the figure and the command that proves
or refutes it. The figures stand in the file that is named; the command makes them anew. `make docs` writes this page
from `docs/decisions/claims.toml`, in both languages.
""",
    },
    "pt": {
        "proved": "provada",
        "in part": "em parte",
        "refuted": "refutada",
        "several": "{} provadas, {} em parte, {} refutadas",
        "shown by": "Mostrado por",
        "head": """# As afirmações, uma a uma

O que os documentos de origem do Comboio afirmam, frase por frase, cada uma com o número e o comando que a prova ou
refuta. Os números estão no arquivo indicado; o comando os produz de novo. `make docs` escreve esta página a partir de
`docs/decisions/claims.toml`, nas duas línguas.
""",
    },
}
"""The words of a page by language."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence, and what became of it."""

    quote: str
    """As the documents have it."""
    en: str
    """The same in English."""
    verdict: str
    """proved, in part or refuted."""
    figure: str
    """A number or words, as they stand in `where`."""
    where: str
    """A file of the repository, or `plan[:profile]` for what `make plan` says."""
    command: str
    """What shows it again."""
    says: Mapping[str, str]
    """Why, by language."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Numbers of the reason that are not in `where`: the place that has each, or the sum that it comes from."""


def claims() -> list[Claim]:
    """Read the file."""
    return [Claim(**each) for each in tomllib.loads(FILE.read_text(encoding="utf-8"))["claims"]]


def claims_page(language: str) -> str:
    """Return the page in a language."""
    words, found = WORDS[language], claims()
    verdicts = Counter(each.verdict for each in found)
    counts = words["several"].format(verdicts["proved"], verdicts["in part"], verdicts["refuted"])
    lines = [words["head"], f"{len(found)}: {counts}.", ""]
    for number, each in enumerate(found, 1):
        lines += [
            f"## {number}. {each.quote if language == 'pt' else each.en}",
            "",
            f"**{words[each.verdict].capitalize()}.** {each.says[language]}",
            "",
            f"{words['shown by']} `{each.command}`; {_place(each.where)}.",
            "",
        ]
    return _wrapped("\n".join(lines).rstrip() + "\n")


def _place(where: str) -> str:
    """Return where the figure stands, for people."""
    if where.startswith("plan"):
        return "`build/plan/report.html`"
    return f"[{where}](../../../{where})"


def _wrapped(text: str, width: int = 118) -> str:
    """Wrap prose, and leave headings as they are."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith("#") or len(line) <= width:
            lines.append(line)
        else:
            lines += wrap(line, width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
