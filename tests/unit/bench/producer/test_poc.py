"""The proof of concept's report and the soak's verdict: they can say no."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bench.producer.msk_cost import usd_per_million
from bench.producer.poc_figures import Poc, Scale, Step, Strategy
from bench.producer.poc_prediction import predicted_shares, validation
from bench.producer.poc_read_back import Facts
from bench.producer.poc_report import answers, html, markdown
from bench.producer.poc_template import filled_in
from bench.producer.soak import grown
from charts.bars import bars

_FACTS = Facts(records=100, distinct=100, keys=10, out_of_order=0, two_partitions=0)
_SCALES = [Scale(1, 6500, 30, 60, 100, _FACTS), Scale(2, 13_000, 30, 60, 100, _FACTS)]
_STEPS = [Step(1, 50_000, 30, 60, 5), Step(5, 60_000, 30, 60, 5)]


def _poc(facts: Facts = _FACTS, skew: float = 1.05, rate: float = 50_000) -> Poc:
    scales = [replace(scale, facts=facts) for scale in _SCALES]
    steps = [replace(_STEPS[0], rate=rate), _STEPS[1]]
    strategies = [
        Strategy("codigo", steps, [90, 10], 1.8, scales),
        Strategy("codigo+truck_id", steps, [51, 49], skew, scales),
    ]
    return Poc("a <broker>", 2, "now", 3, 6500, strategies)


def test_every_question_has_its_number() -> None:
    """Five answers, each yes with figures."""
    found = [answer for _, answer in answers(_poc())]
    assert len(found) == 5
    assert all(re.search(r"\d", answer) for answer in found)
    assert [answer.startswith("Yes") for answer in found[:4]] == [True] * 4


def test_what_is_not_so_is_not_said() -> None:
    """Lost or doubled records, hot partitions, too slow, out of order: each turns its answer."""
    lost = answers(_poc(facts=_FACTS._replace(records=99, distinct=99)))
    assert lost[0][1].startswith("NO")
    assert answers(_poc(facts=_FACTS._replace(distinct=99)))[0][1].startswith("NO")
    assert answers(_poc(skew=1.3))[1][1].startswith("In part")
    assert answers(_poc(rate=9_000))[2][1].startswith("Not on this machine")
    assert answers(_poc(facts=_FACTS._replace(out_of_order=1)))[3][1].startswith("NO")


def test_the_board_s_report_is_filled_in_both_languages() -> None:
    """Every place of the template has its figure, written as the language writes numbers, and an aim can be missed."""
    english, portuguese = filled_in(_poc(), "en"), filled_in(_poc(), "pt")
    assert not re.search(r"[{}]", english + portuguese)
    assert "50,000 to 60,000 messages a second" in english
    assert "de 50.000 a 60.000 mensagens por segundo" in portuguese
    assert "1,05 com codigo+truck_id" in portuguese
    assert "| no |" not in english
    assert "| não |" in filled_in(_poc(facts=_FACTS._replace(out_of_order=1)), "pt")


def test_the_plan_stands_beside_what_was_measured() -> None:
    """Each key's hottest partition and the rate are predicted; a producer that hashes otherwise is seen at once."""
    poc = _poc()
    as_planned = [
        replace(each, counts=[round(100_000 * share) for share in predicted_shares(each.name, "mt-c400", 12)])
        for each in poc.strategies
    ]
    good = validation(replace(poc, strategies=as_planned))
    assert good["error"] == {"codigo": 0.0, "codigo+truck_id": 0.0, "rate": 0.0}
    assert max(good["misplaced"].values()) < 0.001
    turned = [replace(each, counts=[*each.counts[1:], *each.counts[:1]]) for each in as_planned]
    bad = validation(replace(poc, strategies=turned))
    assert bad["error"]["codigo"] == 0.0
    assert bad["misplaced"]["codigo"] > 0.3
    none = validation(replace(poc, strategies=[replace(each, counts=[0] * 12) for each in as_planned]))
    assert none["error"]["codigo"] == 1.0


def test_the_page_needs_nothing_beside_it() -> None:
    """No script, no address to load from; text is escaped; the Markdown has the same answers."""
    page = html(_poc())
    assert not re.search(r"<script|src=|href=|https?:", page)
    assert "a &lt;broker&gt;" in page
    assert all(answer in markdown(_poc()) for _, answer in answers(_poc()))


def test_a_chart_is_well_formed_and_to_scale() -> None:
    """Twice the value is twice the height."""
    svg = ElementTree.fromstring(bars("t", "u", ["a", "b"], [("s", [10, 20])], mark=("m", 15)))  # noqa: S314 - our own
    heights = [float(rect.attrib["height"]) for rect in svg.iter("rect")]
    assert abs(heights[1] / heights[0] - 2) < 0.01


def test_more_messages_share_the_brokers() -> None:
    """A million costs less at a higher rate; storage and transfer do not change."""
    slow, fast = usd_per_million(1_000), usd_per_million(13_000)
    assert fast["brokers"] * 13 == pytest.approx(slow["brokers"])
    assert fast["storage"] == slow["storage"]


def test_a_leak_is_seen_and_a_warm_up_is_not() -> None:
    """Ten percent more at the end is growth; a start from little is not."""
    assert grown([10, 40, 50, 50, 50, 50, 51, 50])[2] is False
    assert grown([50 + number / 2 for number in range(100)])[2] is True
