"""docs/how-to/operate.md has a runbook for each alarm of the template."""

import re
from pathlib import Path

from tests.support.template import MAPPING, TEMPLATE

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "how-to" / "operate.md").read_text(encoding="utf-8")
ALARM = re.compile(r"^ *([\w${}&.]+):\n(?: *\w+: .*\n)*? *Type: AWS::CloudWatch::(?:Composite)?Alarm", re.MULTILINE)
PER_MAPPING = re.compile(r"^(Heavy|Light|Mapping|\$\{\w+\})")
"""What an alarm's name begins with that exists once for each mapping."""
OF_A_WINDOW = re.compile(r"(?<=^LagBudget)\d+[A-Z]\w+$")
"""What an alarm's name ends with that LagBudget reads, and that has its runbook."""


def alarms() -> set[str]:
    """Return the alarms of all templates by the name that they have in the docs."""
    templates = [ROOT / "template.yaml", *ROOT.glob("*mapping*.yaml"), *ROOT.glob("templates/*.yaml")]
    return {
        OF_A_WINDOW.sub("", PER_MAPPING.sub("", name))
        for template in templates
        if template.exists()
        for name in ALARM.findall(template.read_text(encoding="utf-8"))
    }


def runbooks() -> dict[str, str]:
    """Return the text of each section of the third level."""
    parts = re.split(r"^### (.+)$", PAGE.partition("\n## Alarms to set yourself")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_each_alarm_has_a_runbook() -> None:
    """Whoever is woken by an alarm finds it under its name."""
    assert {"DeadLetters", "Lag"} <= alarms()
    assert {"LagBudget"} <= alarms()
    assert not alarms() - runbooks().keys()


def test_each_alarm_links_its_runbook() -> None:
    """The description of an alarm ends with the place of its own runbook, so that a phone shows where to look."""
    places = {name.lower() for name in runbooks()}
    for template in (TEMPLATE, MAPPING):
        composite = template.of_type("AWS::CloudWatch::CompositeAlarm")
        for name, alarm in (template.of_type("AWS::CloudWatch::Alarm") | composite).items():
            text = alarm["AlarmDescription"]
            text = text if isinstance(text, str) else text["Sub"]
            place = re.search(r"Runbook: docs/how-to/operate\.md#(\w+)$", text.rstrip())
            assert place, f"{name}: {text}"
            assert place[1] == OF_A_WINDOW.sub("", name).lower() and place[1] in places
            assert len(text) <= 1024, "CloudWatch takes no longer description"


def test_a_runbook_says_what_to_do() -> None:
    """Each says what the alarm means, what to look at, and what to do."""
    incomplete = {
        name
        for name, text in runbooks().items()
        if not all(f"**{part}:**" in text for part in ("Means", "Look at", "Do"))
    }
    assert not incomplete
