"""What a plan writes is read by those for whom it is written: the producer, SAM, and a browser without a network."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from plan.advice import advice
from plan.plan import Plan, Sources, make_plan
from plan.profile.profile import CodeShare, TopicTraffic
from plan.report.compare import compare
from plan.report.page import page
from plan.report.parameters import parameters, samconfig
from plan.report.sections import sections
from plan.report.topics_toml import topics_toml
from producer.topics.file import Topics
from tests.support.traffic import pareto, profile

ROOT = Path(__file__).parents[4]
SOURCES = Sources.load()


@pytest.fixture(scope="module")
def plan() -> Plan:
    codes = pareto()
    topics = [TopicTraffic("mt-c300", codes[39:49]), TopicTraffic("mt-c400", [*codes[:39], *codes[49:]])]
    return make_plan(profile(name="a <fleet>", topics=topics, burst=3.0), SOURCES)


def template() -> dict[str, dict[str, object]]:
    """Return the parameters of template.yaml, whose own tags are not read."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    section = re.search(r"^Parameters:\n(?:^(?: .*)?\n)+", text, re.MULTILINE)
    assert section is not None
    found: dict[str, dict[str, object]] = yaml.safe_load(section.group())["Parameters"]
    return found


def test_the_producer_takes_the_topics_file(plan: Plan, tmp_path: Path) -> None:
    """Each code goes to the topic of the profile, each topic has its partitions, and no code is unknown."""
    path = tmp_path / "topics.toml"
    path.write_text(topics_toml(plan), encoding="utf-8")
    file = Topics.load(path)
    strategy = file.strategy("domain")
    for topic in plan.topics:
        assert file.topics[topic.topic.name].partitions == topic.partitions.count
        for code in topic.topic.codes:
            assert any(code.codigo in codes for codes in file.known)
            taker = next((rule.topic for rule in strategy.rules if any(code.codigo in c for c in rule.codes)), None)
            assert (taker or strategy.default) == topic.topic.name


def test_a_code_that_is_a_text_is_planned_and_not_listed(tmp_path: Path) -> None:
    """Its share counts for its topic, and the producer, whose codes are numbers, still takes the file."""
    named = [CodeShare("POSITION", 0.7), CodeShare("PING", 0.1)]
    topics = [TopicTraffic("by-name", named), TopicTraffic("rest", [CodeShare(301, 0.15), CodeShare("ALARM", 0.05)])]
    found = make_plan(profile(topics=topics), SOURCES)
    assert found.busiest.topic.name == "by-name"
    assert [code.codigo for code in found.busiest.heavy][:1] in ([], ["POSITION"])
    path = tmp_path / "topics.toml"
    path.write_text(topics_toml(found), encoding="utf-8")
    assert "3 codes are texts" in path.read_text(encoding="utf-8")
    assert Topics.load(path).topics.keys() == {"by-name", "rest"}


def test_a_topic_s_dots_are_no_tables(tmp_path: Path) -> None:
    """A name such as fleet.v1 is one key of the file."""
    path = tmp_path / "topics.toml"
    path.write_text(topics_toml(make_plan(profile(topics=[TopicTraffic("fleet.v1", pareto())]), SOURCES)))
    assert "fleet.v1" in Topics.load(path).topics


def test_sam_takes_the_parameters(plan: Plan) -> None:
    """Each override is a parameter of the template, within the template's bounds."""
    given = tomllib.loads(samconfig(plan))["plan"]["deploy"]["parameters"]["parameter_overrides"]
    declared = template()
    for override in given:
        name, _, value = override.partition("=")
        bounds = declared[name]
        if bounds["Type"] == "Number":
            assert bounds.get("MinValue", 0) <= int(value) <= bounds.get("MaxValue", 10**9), override  # type: ignore[operator]


@pytest.mark.parametrize("changes", [{"rate": 3}, {"rate": 1_300_000}, {"latency_s": 60}, {"retention_h": 1}])
def test_extremes_stay_within_the_template(changes: dict[str, float]) -> None:
    """No profile leads to a deployment that CloudFormation refuses."""
    found = parameters(make_plan(profile(**changes), SOURCES))
    declared = template()
    for each in found:
        if each.in_template and declared[each.name]["Type"] == "Number":
            low, high = declared[each.name].get("MinValue", 0), declared[each.name].get("MaxValue", 10**9)
            assert low <= int(each.value) <= high, each  # type: ignore[operator]


def test_the_page_needs_nothing_beside_it(plan: Plan) -> None:
    """No script, nothing to load; names are escaped; each chart is well-formed and every advice is there."""
    found = advice(plan)
    text = page(plan.profile.name, found, sections(plan, [(13_000.0, plan)], SOURCES))
    assert not re.search(r"<script|src=|href=|url\(|@import", text)
    assert "a &lt;fleet&gt;" in text
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(charts) >= 5
    for chart in charts:
        ElementTree.fromstring(chart)  # noqa: S314 - our own
    assert all(f'<dt class="{"warning" if each.warning else ""}">{each.about}' in text for each in found)


def test_two_plans_stand_side_by_side(plan: Plan) -> None:
    """Each figure has one column a plan, and the difference in money is said first."""
    other = make_plan(profile(name="half", rate=6_500), SOURCES)
    section = compare(plan, other)
    assert section.table is not None
    assert all(len(row) == 3 for row in section.table.rows)
    assert re.fullmatch(r"a <fleet> costs [\d,]+ USD a month more than half\.", section.paragraphs[0])
