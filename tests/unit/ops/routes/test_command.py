"""The command that checks and explains routing tables."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from comboio.routing.table import DEFAULT_TABLE, RoutingError
from dispatcher.destinations import KINDS
from ops.routes.command import run
from ops.routes.explain import guarantee
from ops.routes.offline import STAND_INS
from tests.support.dispatcher import payload
from tests.unit.comboio.routing.test_table import SHIPPED

TABLE = """
version = 1
[destinations.queue]
type = "sqs"
target = "$ROUTE_QUEUE"
concurrency = 4
[[routes]]
name = "elsewhere"
topics = ["mt-c300"]
to = ["queue"]
[[routes]]
name = "low"
topics = ["mt-c400"]
codigos = [300, "310-319"]
to = ["queue"]
ordering = "key"
pack = 10
[default]
to = ["dead_letter"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a table in a file."""
    file = tmp_path / "routes.toml"
    file.write_text(TABLE)
    return file


def command(*arguments: object, **environ: str) -> str:
    """Run the command and return what it says."""
    said = io.StringIO()
    assert run([str(argument) for argument in arguments], environ, Console(file=said, width=200)) == 0
    return said.getvalue()


def test_a_right_table_is_shown(file: Path) -> None:
    """Every route and destination is shown with what it does."""
    said = command("check", file, ROUTE_QUEUE="https://sqs/q")
    shown = ("elsewhere", "low", "default", "300, 310-319", "$ROUTE_QUEUE", "is a valid routing table")
    assert all(word in said for word in shown)


@pytest.mark.robustness("secrets that an error or a table could show")
@pytest.mark.parametrize(
    "arguments", [("check",), ("check", "--offline"), ("explain", "--topic", "t", "--codigo", "1")]
)
def test_a_target_from_a_variable_is_shown_by_its_name(tmp_path: Path, arguments: list[str]) -> None:
    """The URL of a webhook can carry a token: what the environment says is not for a terminal or its log."""
    table = tmp_path / "hooks.toml"
    table.write_text(
        'version = 1\n[destinations.hook]\ntype = "webhook"\ntarget = "$ROUTE_HOOK"\n[default]\nto = ["hook"]\n'
    )
    said = command(arguments[0], table, *arguments[1:], ROUTE_HOOK="https://hooks.example/in?token=S3cret")
    assert "S3cret" not in said
    assert "$ROUTE_HOOK" in said


def test_the_table_that_ships_is_right() -> None:
    """Without a file the layer's own table is checked."""
    assert "is a valid routing table" in command("check", **SHIPPED)


def test_unset_variables_are_all_named(file: Path) -> None:
    """A variable that is not set stops the check with its place, unless the check is offline."""
    with pytest.raises(RoutingError, match=r"destinations\.queue\.target: the environment has no ROUTE_QUEUE"):
        command("check", file)
    assert "Not set here: ROUTE_QUEUE, for destinations.queue.target" in command("check", "--offline", file)
    with pytest.raises(RoutingError) as caught:
        command("check", DEFAULT_TABLE)
    assert all(name in str(caught.value) for name in SHIPPED)


def test_a_key_that_is_not_known_here_is_no_missing_key(tmp_path: Path) -> None:
    """A table that masks by a variable of the function is right, and the check says that it is not set here."""
    file = tmp_path / "routes.toml"
    queue = 'type = "sqs"\ntarget = "https://sqs.eu-west-1.amazonaws.com/1/q"'
    masks = 'mask = ["a"]\nmask_key = "$ROUTE_MASK_KEY"'
    file.write_text(f'version = 1\n[destinations.q]\n{queue}\n{masks}\n[default]\nto = ["q"]\n')
    said = command("check", "--offline", file)
    assert "is a valid routing table" in said
    assert "Not set here: ROUTE_MASK_KEY, for destinations.q.mask_key" in said


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_checked_offline(kind: str, tmp_path: Path) -> None:
    """A target that is not known here passes offline, whatever form its kind asks for; a wrong option does not."""
    file = tmp_path / "routes.toml"
    text = 'version = 1\n[destinations.a]\ntype = "{kind}"\ntarget = "$ROUTE_THERE"\n{more}\n[default]\nto = ["a"]\n'
    if kind == "dynamodb":
        text = text.replace("{more}", 'key = {{ id = "key" }}\n{more}')
    if kind == "kafka":
        text = text.replace("{more}", 'bootstrap_servers = "$ROUTE_BROKERS"\n{more}')
    file.write_text(text.format(kind=kind, more=""))
    assert "is a valid routing table" in command("check", "--offline", file)
    file.write_text(text.format(kind=kind, more="concurrency = 0"))
    with pytest.raises(RoutingError, match=r"destinations\.a"):
        command("check", "--offline", file)


def test_stand_ins_are_of_kinds_that_exist() -> None:
    """Nothing stands in for a kind that is gone."""
    assert set(STAND_INS) <= set(KINDS)


def test_a_route_is_explained(file: Path) -> None:
    """The routes before it say why not, the one that takes it says why, and its destinations what they promise."""
    said = command("explain", "--topic", "mt-c400", "--codigo", "315", file)
    assert "elsewhere: does not take it: its topics are mt-c300, and this is mt-c400." in said
    assert "low: takes it: its topics are mt-c400, and its codigos are 300, 310-319." in said
    assert "Messages of a key go one after the other." in said and "10 messages" in said
    assert "It goes to queue, sqs $ROUTE_QUEUE." in said and "at least once" in said


@pytest.mark.parametrize(("topic", "codigo", "why"), [("mt-c400", 320, "this is 320"), ("other", 300, "this is other")])
def test_what_no_route_takes_is_explained(file: Path, topic: str, codigo: int, why: str) -> None:
    """Where only the default is left, every route says what did not match."""
    said = command("explain", "--topic", topic, "--codigo", codigo, file)
    assert why in said and "default: takes it" in said and "DLQ as unroutable" in said


def test_a_message_is_read_as_the_dispatcher_reads_it(file: Path, tmp_path: Path) -> None:
    """A message's file gives the codigo; one against the contract goes to the DLQ, and its content is not told."""
    message = tmp_path / "message.json"
    message.write_bytes(payload(311))
    assert "low: takes it" in command("explain", "--topic", "mt-c400", "--message", message, file)
    message.write_text('{"codigo": "SECRET"}')
    said = command("explain", "--topic", "mt-c400", "--message", message, file)
    assert "DLQ as malformed" in said and "truck_id" in said and "SECRET" not in said


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_guarantees(kind: str) -> None:
    """Each destination's module has its guarantee, in a sentence or more."""
    said = guarantee(kind)
    assert said.endswith(".") and len(said) > 20 and "Limits" not in said
