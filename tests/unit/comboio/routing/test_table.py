"""Where a message goes, and what a wrong table says."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.routing.router import Router
from comboio.routing.table import DEFAULT_TABLE, RoutingError, load, load_file

# Whatever the table that ships asks for.
SHIPPED = {
    name: f"https://sqs/{name.lower()}{'.fifo' if 'ALERTS' in name else ''}"
    for name in re.findall(r'= "\$(\w+)"', DEFAULT_TABLE.read_text())
}
BASE = """
version = 1
[destinations.a]
type = "sqs"
target = "https://a"
[destinations.b]
type = "sqs"
target = "$ROUTE_B_URL"
concurrency = 3
[default]
to = ["dead_letter"]
"""
ENVIRON = {"ROUTE_B_URL": "https://b"}


def route(*lines: str, name: str = "r") -> str:
    """Return the base table with one route more."""
    return BASE + "\n[[routes]]\n" + "\n".join([f'name = "{name}"', *lines])


def test_the_layers_own_table_is_right() -> None:
    """The table that ships loads, keeps the order of urgent events, and takes no message for granted."""
    router = Router(load_file(DEFAULT_TABLE, SHIPPED))
    assert router.route("high_priority_events", 300).ordering == "key"
    assert not router.route("mt-c300", 300).dead
    assert router.route("mt-c400", 399).pack > 1
    assert router.route("unheard-of", 300).dead


@given(st.integers(0, 20), st.sampled_from(["t", "u"]))
def test_the_first_route_that_takes_it_has_it(codigo: int, topic: str) -> None:
    """Routes are asked in order; topics and codigos must both hold, and none means all."""
    text = route('topics = ["t"]', 'codigos = [3, "5-9"]', 'to = ["a"]', name="one")
    text += '\n[[routes]]\nname = "two"\ncodigos = ["8-12"]\nto = ["b"]'
    found = Router(load(text, ENVIRON)).route(topic, codigo).name
    if topic == "t" and (codigo == 3 or 5 <= codigo <= 9):
        assert found == "one"
    else:
        assert found == ("two" if 8 <= codigo <= 12 else "default")


def test_a_target_may_come_from_the_environment() -> None:
    """`$NAME` is looked up; any other target is itself; further options stay with their destination."""
    table = load(BASE, ENVIRON)
    assert table.destinations["a"].target == "https://a"
    assert (table.destinations["b"].target, table.destinations["b"].options) == ("https://b", {"concurrency": 3})


@pytest.mark.parametrize("environ", [{}, {"ROUTE_B_URL": ""}])
def test_a_target_that_is_not_set_is_named(environ: dict[str, str]) -> None:
    """A variable that is missing or empty is named with the place that asks for it."""
    with pytest.raises(RoutingError, match=r"destinations\.b\.target.*ROUTE_B_URL"):
        load(BASE, environ)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "version"),
        ("version = 3", "version"),
        ("not toml", "not TOML"),
        (BASE.replace('[default]\nto = ["dead_letter"]', ""), "default"),
        (BASE.replace('to = ["dead_letter"]', "to = []"), "default.to"),
        (BASE + "retries = 3", "retries"),
        (route('to = ["nowhere"]'), "nowhere.*there are: a, b"),
        (route('to = ["a", "a"]'), "twice"),
        (route('to = ["a", "dead_letter"]'), "only destination"),
        (route('to = ["a"]', name="default"), "default"),
        (route('to = ["a"]', '[[routes]]\nname = "r"\nto = ["a"]'), "name of its own.*r"),
        (route('to = ["a"]', 'ordering = "keys"'), "ordering"),
        (route('to = ["a"]', "pack = 0"), "pack"),
        (route('to = ["a"]', "max_attempts = 0"), "max_attempts"),
        (route('to = ["a"]', "max_age_s = 59"), "max_age_s"),
        (route('to = ["a"]', "max_age_s = 1209601"), "max_age_s"),
        (route('to = ["a"]', 'when_down = "drop"'), "when_down.*divert.*wait"),
        (BASE.replace("concurrency = 3", "max_per_s = 0"), r"destinations\.b\.max_per_s"),
        (BASE.replace("concurrency = 3", "max_per_s = -1.5"), r"destinations\.b\.max_per_s"),
        (BASE.replace("concurrency = 3", "max_per_s = inf"), r"destinations\.b\.max_per_s"),
        (BASE.replace("concurrency = 3", "max_per_s = nan"), r"destinations\.b\.max_per_s"),
        (BASE.replace("concurrency = 3", "max_per_s = true"), r"destinations\.b\.max_per_s"),
        (BASE.replace("concurrency = 3", 'max_per_s = "$ROUTE_B_URL"'), r"destinations\.b\.max_per_s"),
        (route('to = ["a"]', 'topic = ["t"]'), "topic"),
        (route('to = ["a"]', 'codigos = ["9-3"]'), "9-3"),
        (route('to = ["a"]', 'codigos = ["x"]'), "neither a codigo"),
        (route('to = ["a"]', "codigos = [true]"), "neither a codigo"),
        (route('to = ["a"]', 'codigos = ["\u00b3"]'), "codigos"),
        (BASE.replace("destinations.a", "destinations.dead_letter"), "dead_letter"),
        (BASE.replace("destinations.a", 'destinations."Big Name"'), "Big Name"),
        (
            BASE.replace("concurrency = 3", 'compression = "gzip"'),
            r"destinations\.b\.compression: .* no route to b packs",
        ),
        (BASE.replace('type = "sqs"\ntarget = "https://a"', 'target = "https://a"'), "destinations.a.type"),
    ],
)
def test_a_wrong_table_says_what_is_wrong(text: str, says: str) -> None:
    """Each fault of a table stops it, with the place and what is wrong."""
    with pytest.raises(RoutingError, match=f"(?s){says}"):
        load(text, ENVIRON)


def test_compression_goes_with_a_route_that_packs() -> None:
    """One is enough, and the default is one."""
    compressed = BASE.replace("concurrency = 3", 'compression = "gzip"')
    default = compressed.replace('[default]\nto = ["dead_letter"]', '[default]\nto = ["b"]\npack = 2')
    assert load(default, ENVIRON).default.pack == 2
    one = compressed + '\n[[routes]]\nname = "r"\nto = ["b"]\n[[routes]]\nname = "s"\nto = ["a", "b"]\npack = 50\n'
    assert len(load(one, ENVIRON).routes) == 2


def test_a_table_of_before_diverts_for_a_day_and_has_no_rate() -> None:
    """A table that does not mention diversion or rates gets the documented defaults."""
    table = load(route('to = ["a"]'), ENVIRON)
    assert (table.routes[0].when_down, table.routes[0].max_age_s) == ("divert", 86_400)
    assert table.destinations["a"].max_per_s is None


def test_a_table_may_say_when_to_wait_and_how_fast_to_send() -> None:
    """The new options of routes and destinations are read, and a rate is no option of the destination's type."""
    text = route('to = ["b"]', 'when_down = "wait"', "max_age_s = 60").replace("concurrency = 3", "max_per_s = 50")
    table = load(text, ENVIRON)
    assert (table.routes[0].when_down, table.routes[0].max_age_s) == ("wait", 60)
    assert (table.destinations["b"].max_per_s, table.destinations["b"].options) == (50, {})


def test_the_default_route_has_the_same_options() -> None:
    """What a route may say, the default may say too."""
    text = BASE.replace('to = ["dead_letter"]', 'to = ["a"]\nwhen_down = "wait"\nmax_age_s = 120')
    assert (load(text, ENVIRON).fallback.when_down, load(text, ENVIRON).fallback.max_age_s) == ("wait", 120)


def test_every_fault_has_a_line() -> None:
    """A table with several faults tells them all at once."""
    with pytest.raises(RoutingError) as caught:
        load(route('to = ["a"]', "pack = 0", 'ordering = "keys"'), ENVIRON)
    assert len(str(caught.value).splitlines()) == 2


def test_a_table_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file stops with its path and the reason."""
    with pytest.raises(RoutingError, match=r"none\.toml cannot be read: No such file"):
        load_file(tmp_path / "none.toml", {})
