"""Tables as somebody writes them who means well and errs, or who does not: each fault is a line that helps."""

import re

import pytest

from comboio.routing.table import RoutingError, load
from dispatcher.destinations import build
from tests.support.aws_wire import Wire

QUEUE = 'type = "sqs"\ntarget = "https://sqs.us-east-1.amazonaws.com/1/q"'
DESTINATION = f"[destinations.a]\n{QUEUE}\n"
DEFAULT = '[default]\nto = ["dead_letter"]\n'

LINE = re.compile(r"routes\.toml( is not TOML|, ([^:\n]+)): [^\n]+")
"""A place, and what is wrong there."""

OF_THE_LIBRARY = re.compile(
    r"Input should|Value error|String should|Extra inputs|Field required|valid (tuple|dict)|\^\["
)
"""What pydantic says of Python's types."""


def lines_of(text: str) -> list[str]:
    """Return the lines that a table is refused with; none if it is taken."""
    try:
        build(load(text, {"ROUTE_BAD": "ftp://user:secret@x"}), Wire().clients)
    except RoutingError as error:
        return str(error).split("\n")
    return []


def in_message(lines: str) -> str:
    """Return a table with this contract."""
    return f"version = 2\n[message]\n{lines}\n{DESTINATION}{DEFAULT}"


def in_route(lines: str) -> str:
    """Return a table with this route more."""
    return f'version = 2\n{DESTINATION}[[routes]]\nname = "stops"\nto = ["a"]\n{lines}\n{DEFAULT}'


def of_raw(lines: str) -> str:
    """Return a table whose messages are all raw, with this route more."""
    return in_route(lines).replace("version = 2\n", 'version = 2\n[message]\nformat = "raw"\n')


def in_destination(lines: str) -> str:
    """Return a table whose destination says this too."""
    return f"version = 2\n{DESTINATION}{lines}\n{DEFAULT}"


WRONG = [
    (in_message("format = 7"), "message.format", "'json', 'json-envelope', 'avro', 'protobuf' or 'raw'"),
    (in_message("format = 2026-11-29"), "message.format", "or 'raw'"),
    (in_message("code = 7"), "message.code", "Write a path into the payload"),
    (in_message("time = true"), "message.time", "Write a path into the payload"),
    (in_message('code = "a..b"'), "message.code", "an empty name"),
    (in_message('code = "items.0.x"'), "message.code", "Name the array itself"),
    (in_message('code = "' + "x" * 600 + '"'), "message.code", "xxx is not a field. Write"),
    (in_message('required = "code"'), "message.required", "a list"),
    (in_message('required = ["codigo"]'), "message.required.0", "'code', 'id', 'entity' or 'time'"),
    (in_message('required = ["id", "id"]'), "message.required", "id is given twice"),
    (in_message('registry = "ftp://x"'), "message", "an http:// or https:// address"),
    (in_message('registry = "https://"'), "message", "an http:// or https:// address"),
    (in_message('registry = "https://x:port"'), "message", "an http:// or https:// address"),
    (in_message('registry = "https://u:secret@x"'), "message", "registry_auth"),
    (in_message('registry = "$ROUTE_BAD"'), "message.registry", "an http:// or https:// address"),
    (in_message('registry_auth = "u:p"'), "message", "no effect without a Confluent-compatible `registry`"),
    (in_message('registry = "glue"\nregistry_auth = "u:p"'), "message", "no effect"),
    (in_message("registry_timeout_s = 3.0"), "message", "no effect without a `registry`"),
    (in_message('registry_timeout_s = "1"'), "message.registry_timeout_s", "a number, without quotes"),
    (in_message("registry_timeout_s = 1e400"), "message.registry_timeout_s", "less than or equal to 10"),
    (in_message('envelope_field = "x"'), "message", 'no effect without `format = "json-envelope"`'),
    (in_message("codes = 1"), "message.codes", "there is no such option; there are: code, entity"),
    (f'version = 2\nmessage = "json"\n{DESTINATION}{DEFAULT}', "message", "a section"),
    (f'version = 2\n{DESTINATION}{DEFAULT}[topics]\nt = "x"\n', "topics.t", "a section"),
    (f"version = 2\n{DESTINATION}{DEFAULT}[topics.t]\nmessage = {{}}\nmsg = 1\n", "topics.t.msg", "there are: message"),
    (f'version = 2\n{DESTINATION}{DEFAULT}[topics."t*".message]\n', "topics.t*", "without wildcards"),
    (f'version = 2\n{DESTINATION}{DEFAULT}[topics."".message]\n', "topics.''", "no topic can be called"),
    (f'version = 2\n{DESTINATION}{DEFAULT}[topics."a\\nb: c".message]\n', r"topics.'a\nb\x3a c'", "no topic"),
    (in_route('when = "x"'), "routes.stops.when", "a section, or a table"),
    (in_route('when = { "value.a" = [] }'), "routes.stops", "when: value.a: an empty list never holds"),
    (in_route('when = { "value.a[*].b" = 1 }'), "routes.stops", "Name the array itself"),
    (in_route('when = { "" = 1 }'), "routes.stops", "when: '': "),
    (in_route('when = { "value.a" = { numeric = [">", 5, "<", 3] } }'), "routes.stops", "never holds"),
    (in_route('when = { "value.a" = nan }'), "routes.stops", "not a pattern. Write"),
    (in_route('when = { "value.a" = { regex = "x" } }'), "routes.stops", "there are: prefix"),
    (in_route('when = { "$or" = [{ "value.a" = 1 }] }'), "routes.stops", "Write a route for each choice"),
    (in_route("codigos = [300, 300]"), "routes.stops.codigos", "300 is given twice"),
    (in_route('codigos = ["A", "A"]'), "routes.stops.codigos", "A is given twice"),
    (in_route("codigos = [99999999999999999999]"), "routes.stops.codigos.0", "neither a codigo"),
    (in_route('codigos = ["300-399-400"]'), "routes.stops.codigos.0", "neither a codigo"),
    (in_route('codigos = "300"'), "routes.stops.codigos", "a list"),
    (in_route("sample = 2"), "routes.stops.sample", "less than or equal to 1"),
    (in_route("sample = true"), "routes.stops.sample", "a number, without quotes"),
    (in_route('sample = "0.1"'), "routes.stops.sample", "a number, without quotes"),
    (in_route("sample = inf"), "routes.stops.sample", "neither inf nor nan"),
    (in_route('pack = "5"'), "routes.stops.pack", "a whole number"),
    (in_route("pack = 1.5"), "routes.stops.pack", "a whole number"),
    (in_route("pack = 99999999999999999999"), "routes.stops.pack", "less than or equal to 1000"),
    (in_route('topics = "t"'), "routes.stops.topics", "a list"),
    (in_route('topics = ["t", "t"]'), "routes.stops.topics", "t is given twice"),
    (in_route('topics = ["vehicle.*"]'), "routes.stops.topics.0", "without wildcards"),
    (in_route('topics = ["é"]'), "routes.stops.topics.0", "letters, digits, dots"),
    (in_route('topic = ["t"]'), "routes.stops.topic", "there are: codigos, idempotency"),
    (in_route('value = "tombstone"\ncodigos = ["X"]'), "table", "a tombstone of all topics has no payload"),
    (of_raw('codigos = ["X"]'), "table", "route stops: it has `codigos`, and the contract of all topics has no `code`"),
    (of_raw("when = { a = 1 }"), "table", "route stops: `when` asks for the payload"),
    (in_route("").replace('name = "stops"', 'name = "Stops!"'), "routes.0.name", "a name begins with"),
    (in_route("").replace('name = "stops"', ""), "routes.0.name", "it is missing"),
    (in_route("").replace('["a"]', "[]", 1), "routes.stops.to", "1 or more"),
    (in_destination("concurency = 3"), "destinations.a", "there are: compression, concurrency, group"),
    (in_destination('concurrency = "3"'), "destinations.a", "a whole number"),
    (in_destination('pick = "a"'), "destinations.a.pick", "a list"),
    (in_destination('pick = ["a"]\nmask = ["b.c"]\nmask_key = "k"'), "destinations.a", "`pick` leaves it out"),
    (in_destination('drop = ["a"]\nmask = ["a.b"]\nmask_key = "k"'), "destinations.a", "`drop` leaves it out"),
    (in_destination('pick = ["a.b"]\ndrop = ["a"]'), "destinations.a", "picked and dropped"),
    (in_destination('drop = ["a"]\nrename = { a = "b" }'), "destinations.a", "`drop` leaves it out"),
    (in_destination('rename = { a = "x", b = "x.y" }'), "destinations.a", "two fields would go to 'x.y'"),
    (in_destination('rename = { a = "a" }'), "destinations.a", "would keep its name"),
    (in_destination('mask_key = "k"'), "destinations.a", "no effect without `mask`"),
    (in_destination("max_per_s = true"), "destinations.a.max_per_s", "a number"),
    (f'version = 2\n[destinations."é"]\n{QUEUE}\n{DEFAULT}', "destinations.é", "a name begins with"),
    (f"version = true\n{DESTINATION}{DEFAULT}", "version", "1 or 2"),
    (f"version = 1.0\n{DESTINATION}{DEFAULT}", "version", "1 or 2"),
    (f'version = 2\n{DESTINATION}[[default]]\nto = ["a"]\n', "default", "a section"),
    (f'version = 2\n{DESTINATION}{DEFAULT}when = {{}}\n', "default.when", "there are: idempotency"),
]  # fmt: skip


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(("text", "place", "remedy"), WRONG)
def test_a_wrong_table_is_one_line_with_place_and_remedy(text: str, place: str, remedy: str) -> None:
    """The line names the place as the table has it, says what would be right, and has no words of Python's."""
    (line,) = lines_of(text)
    found = LINE.fullmatch(line)
    assert found is not None and found[2] == place, line
    assert remedy in line
    assert OF_THE_LIBRARY.search(line) is None, line
    assert "secret" not in line and len(line) < 500


RIGHT = [
    in_destination('pick = ["a", "b"]\ndrop = ["a.x"]\nmask = ["a.y"]\nmask_key = "k"\nrename = { "b" = "c" }'),
    in_destination('pick = ["a"]\nmask = ["a"]\nmask_key = "k"'),
    in_destination('mask = ["a"]\nmask_key = "k"\nrename = { a = "b" }'),
    in_route('codigos = ["4XX", "3 M", 5511999999999, "2FA", "VEHICLE_STOP", "300-399"]'),
    in_message('registry = "https://x:8081/a"\nregistry_auth = "u:p"\nregistry_timeout_s = 1'),
]


@pytest.mark.parametrize("text", RIGHT)
def test_a_right_table_that_looks_like_a_wrong_one_is_taken(text: str) -> None:
    """Refusing what has no effect refuses nothing that has one."""
    assert lines_of(text) == []
