"""A profile is read as people write it, and one that makes no sense is refused in one clear line."""

import re
from pathlib import Path

import pytest

from plan.profile.file import ProfileError, load
from plan.profile.profile import Kind, Order

GOOD = """
name = "a fleet"
[traffic]
rate = 1000
bytes = 200
trucks = 50
[codes]
shares = { 301 = 0.5, 302 = 0.3, 340 = 0.2 }
[[topics]]
name = "mt-c300"
codes = ["340-349"]
[[topics]]
name = "mt-c400"
[needs]
order = "truck"
[[destinations]]
name = "telemetry"
"""


def written(folder: Path, text: str) -> Path:
    """Write a profile."""
    path = folder / "fleet.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_profile_is_what_the_file_says(tmp_path: Path) -> None:
    """Shares, topics and defaults come out as they were written."""
    profile = load(written(tmp_path, GOOD))
    assert (profile.rate, profile.order, profile.peak) == (1000, Order.TRUCK, 1000)
    assert {topic.name: topic.share for topic in profile.topics} == pytest.approx({"mt-c300": 0.2, "mt-c400": 0.8})
    assert [code.codigo for code in profile.codes] == [301, 302, 340]
    assert profile.destinations[0].kind is Kind.SQS
    assert (profile.destinations[0].batch, profile.destinations[0].concurrency) == (10, 32)


def test_codes_may_be_texts(tmp_path: Path) -> None:
    """A fleet whose contract names its codes says so in shares and topics."""
    text = GOOD.replace("301 = 0.5", "POSITION = 0.5").replace("340 = 0.2", "ALARM = 0.2")
    profile = load(written(tmp_path, text.replace('"340-349"', '"340-349", "ALARM"')))
    assert {topic.name: topic.share for topic in profile.topics} == pytest.approx({"mt-c300": 0.2, "mt-c400": 0.8})
    assert [code.codigo for code in profile.codes] == ["POSITION", 302, "ALARM"]


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("counts.csv", "codigo,count\n301,30\n302,10\n", {301: 0.75, 302: 0.25}),
        ("counts.jsonl", '{"codigo": 301, "count": 1}\n\n{"codigo": 302, "count": 3}\n', {301: 0.25, 302: 0.75}),
        ("messages.jsonl", '{"codigo": 301, "truck_id": "T"}\n{"codigo": 301}\n', {301: 1.0}),
    ],
)
def test_a_measured_sample_gives_the_shares(tmp_path: Path, name: str, lines: str, expected: dict[int, float]) -> None:
    """Counts of a CSV, counts of JSON lines, and messages themselves are samples, beside the profile."""
    (tmp_path / name).write_text(lines, encoding="utf-8")
    text = GOOD.replace("shares = { 301 = 0.5, 302 = 0.3, 340 = 0.2 }", f'sample = "{name}"')
    text = text.replace('[[topics]]\nname = "mt-c300"\ncodes = ["340-349"]\n', "")
    assert {code.codigo: code.share for code in load(written(tmp_path, text)).codes} == pytest.approx(expected)


NONSENSE = [
    ("rate = 1000", "rate = 0", "traffic.rate"),
    ("rate = 1000", "rate = -5", "traffic.rate"),
    ("rate = 1000", "rate = nan", "traffic.rate"),
    ("rate = 1000", "rate = inf", "traffic.rate"),
    ("rate = 1000", 'rate = "a lot"', "traffic.rate"),
    ("rate = 1000", "", "traffic.rate: Field required"),
    ("rate = 1000", "rate = 1000\nburst = 0.5", "traffic.burst"),
    ("rate = 1000", "rate = 1000\ncolour = 3", "traffic.colour: Extra inputs are not permitted"),
    ("bytes = 200", "bytes = 0", "traffic.bytes"),
    ("bytes = 200", "bytes = 2000000", "traffic.bytes"),
    ("bytes = 200", "bytes = 20.5", "traffic.bytes"),
    ("trucks = 50", "trucks = 0", "traffic.trucks"),
    ("301 = 0.5", "301 = 0.9", "the shares sum to 1.4, not to 1"),
    ("301 = 0.5", "301 = 0.1", "the shares sum to 0.6, not to 1"),
    ("301 = 0.5", "301 = -0.5", "a share is above 0"),
    ("301 = 0.5", "'3.5' = 0.5", "codes.shares"),
    ("shares = { 301 = 0.5, 302 = 0.3, 340 = 0.2 }", "", "give one of count (a Pareto), shares"),
    ("shares = {", "count = 5\nshares = {", "give one of count (a Pareto), shares"),
    ("shares = { 301 = 0.5, 302 = 0.3, 340 = 0.2 }", "count = 0", "codes.count"),
    ("shares = { 301 = 0.5, 302 = 0.3, 340 = 0.2 }", "count = 50\ntop_share = 0.1", "20% of 50 codes cannot have 10%"),
    ("shares = { 301 = 0.5, 302 = 0.3, 340 = 0.2 }", 'sample = "none.csv"', "none.csv cannot be read"),
    ('codes = ["340-349"]', 'codes = ["349-340"]', "topics.0.codes"),
    ('codes = ["340-349"]', "codes = 340", "topics.0.codes: codes are a list"),
    ('codes = ["340-349"]', 'codes = ["500-510"]', "the topic 'mt-c300' gets no message"),
    ('[[topics]]\nname = "mt-c400"', "", "no topic has the code 301"),
    ('name = "mt-c400"', 'name = "mt-c300"', "the topic 'mt-c300' is named twice"),
    ('name = "mt-c400"', 'name = "mt c400"', "topics.1.name"),
    ('order = "truck"', 'order = "alphabetical"', "needs.order: Input should be 'code', 'truck'"),
    ('order = "truck"', "latency_s = 0", "needs.latency_s"),
    ('order = "truck"', "retention_hours = 1\noutage_minutes = 90", "Kafka would delete what was not read"),
    ('[[destinations]]\nname = "telemetry"', "", "destinations: Field required"),
    ('name = "telemetry"', 'name = "telemetry"\nshare = 1.5', "destinations.0.share"),
    ('name = "telemetry"', 'name = "telemetry"\nkind = "carrier pigeon"', "destinations.0.kind"),
    ('name = "telemetry"', 'name = "telemetry"\nmax_per_s = 0', "destinations.0.max_per_s"),
    ('name = "a fleet"', 'name = ""', "name: String should have at least 1 character"),
    ('name = "a fleet"', "name = ", "not TOML"),
]


@pytest.mark.parametrize(("right", "wrong", "says"), NONSENSE, ids=lambda text: re.sub(r"\s+", " ", text)[:40])
def test_nonsense_is_one_clear_line(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    """The error names the file, the place and the fault, in one line."""
    assert right in GOOD
    path = written(tmp_path, GOOD.replace(right, wrong, 1))
    with pytest.raises(ProfileError) as caught:
        load(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert says in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "lines", "says"),
    [
        ("counts.csv", "code,n\n301,3\n", "begins with the line codigo,count"),
        ("counts.csv", "codigo,count\n301,many\n", "line 2 is not codigo,count"),
        ("counts.csv", "codigo,count\n301\n", "line 2 is not codigo,count"),
        ("counts.csv", "codigo,count\n301,-1\n", "a count of -1"),
        ("counts.csv", "codigo,count\n301,0\n", "has no message"),
        ("counts.csv", "", "begins with the line codigo,count"),
        ("counts.jsonl", "{", "line 1: no JSON object"),
        ("counts.jsonl", "[301]", "line 1: no JSON object"),
        ("counts.jsonl", '{"truck_id": "T"}', "line 1: no JSON object"),
        ("counts.jsonl", '{"codigo": null}', "line 1: no JSON object"),
    ],
)
def test_a_sample_that_says_nothing_is_refused(tmp_path: Path, name: str, lines: str, says: str) -> None:
    """A sample is never half read: its first wrong line is the error."""
    (tmp_path / name).write_text(lines, encoding="utf-8")
    text = GOOD.replace("shares = { 301 = 0.5, 302 = 0.3, 340 = 0.2 }", f'sample = "{name}"')
    with pytest.raises(ProfileError) as caught:
        load(written(tmp_path, text))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_one_line_too(tmp_path: Path) -> None:
    """The file system's errors are told as the profile's."""
    with pytest.raises(ProfileError, match=r"none\.toml: cannot be read: No such file.*Give PROFILE="):
        load(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match="not a text file"):
        load(tmp_path / "binary.toml")
