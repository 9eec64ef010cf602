"""The topic resolver: first rule wins, unknown codes are refused, a broken file is explained."""

from pathlib import Path

import pytest

from producer.message.topic_resolver import TopicResolver, UnknownCodigoError
from producer.topics.file import Topics, TopicsError


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("domain", {300: "mt-c400", 301: "mt-c400", 339: "mt-c400", 340: "mt-c300", 349: "mt-c300", 350: "mt-c400"}),
        ("priority", {300: "high_priority_events", 301: "telemetry_standard", 345: "telemetry_standard"}),
        ("domain+priority", {300: "high_priority_events", 301: "mt-c400", 345: "mt-c300"}),
        ("heavy+light", {301: "mt-c400-heavy", 305: "mt-c400-heavy", 306: "mt-c400-light", 300: "mt-c400-light"}),
    ],
)
def test_the_shipped_strategies_resolve_as_the_design_says(strategy: str, expected: dict[int, str]) -> None:
    """Domains, priority and the heavy/light split, with both ends of every range."""
    topics = Topics.load()
    resolver = TopicResolver(topics.strategy(strategy), topics.known)
    assert {codigo: resolver.resolve(codigo) for codigo in expected} == expected


@pytest.mark.parametrize("codigo", [299, 400, 999_999])
def test_an_unknown_code_is_refused(codigo: int) -> None:
    """A code that nobody knows does not reach a topic by the default rule, the second time neither."""
    topics = Topics.load()
    resolver = TopicResolver(topics.strategy("domain"), topics.known)
    for _ in range(2):
        with pytest.raises(UnknownCodigoError, match=str(codigo)):
            resolver.resolve(codigo)


_SOUND = 'known = [300]\n[strategies.one]\ndefault = "a"\n[topics.a]\npartitions = 1\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("known = [", "not TOML"),
        (f"known = {'[' * 2_000}", "nested too deeply"),
        (f"known = [{'9' * 5_000}]", "not TOML"),
        ("known = ['\udcff']", "not TOML"),
        (_SOUND.replace("[300]", '["300-"]'), "nor a range"),
        (_SOUND.replace("[300]", '["310-300"]'), "empty"),
        (_SOUND.replace("[300]", "300"), "list of numbers"),
        (_SOUND.replace("partitions = 1", "partitions = 0"), "topics.a.partitions"),
        (_SOUND + "color = 1\n", "topics.a.color"),
        (_SOUND.replace('default = "a"', 'default = "b"'), "'b', which"),
        (_SOUND.replace('default = "a"', 'default = "a"\nrules = [{codes = [1], topic = "c"}]'), "'c', which"),
    ],
)
def test_a_broken_file_is_explained(tmp_path: Path, text: str, says: str) -> None:
    """The message names the file and the fault."""
    path = tmp_path / "topics.toml"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(TopicsError, match=says) as error:
        Topics.load(path)
    assert str(path) in str(error.value)


def test_a_sound_file_is_loaded(tmp_path: Path) -> None:
    """The file that the broken ones are made of is sound itself."""
    path = tmp_path / "topics.toml"
    path.write_text(_SOUND)
    assert Topics.load(path).strategy("one").topics() == ["a"]


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    """No traceback for a wrong path."""
    with pytest.raises(TopicsError, match="cannot be read"):
        Topics.load(tmp_path / "none.toml")


def test_an_unknown_strategy_names_those_there_are() -> None:
    """Whoever mistypes a strategy sees the choices."""
    with pytest.raises(TopicsError, match=r"'weight'.*domain, priority"):
        Topics.load().strategy("weight")
