"""A pause on a real table, by the command."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, connect
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.destination_state.shared_states import SharedStates
from comboio.destination_state.state import Permission
from local.aws import Deployment
from local.aws.attach import Running, announce
from local.aws.deployment import STACK
from ops.ledger_table import TableNotFoundError, ledger_table
from ops.routes.command import main
from tests.integration.dispatcher.conftest import Place
from tests.support.command import Done, run


def routes(environ: dict[str, str], *arguments: str) -> Done:
    """Run the command; tests/integration/ops/test_routes_command.py runs it in a process of its own."""
    return run(main, arguments, {"PATH": os.environ["PATH"], "COLUMNS": "120", **environ})


def test_what_is_paused_by_the_command_is_paused_in_the_function(place: Callable[..., Place]) -> None:
    """The command and the function mean the same item: paused, shown with its reason, and resumed."""
    here = place()
    dynamodb = connect(DYNAMODB, here.environ, credential_source(here.environ))

    def permission() -> Permission:
        now = time.time_ns() // 1_000_000
        states = SharedStates(DynamoStateStore(dynamodb, here.table), "env")
        states.refresh(["a"], ["default"], now)
        assert states.unreachable == ""
        return states.permission("a", now)

    assert permission() is Permission.SEND
    done = routes(here.environ, "pause", "a", "--why", "their maintenance")
    assert done.returncode == 0, done.stderr
    assert permission() is Permission.PAUSED
    shown = routes(here.environ, "status")
    assert "their maintenance" in shown.stdout, shown.stderr
    assert routes(here.environ, "resume", "a").returncode == 0
    assert permission() is Permission.SEND


@pytest.mark.robustness("commands in a race with the function")
def test_an_unknown_name_or_table_is_said_and_changes_nothing(place: Callable[..., Place]) -> None:
    """What cannot be paused ends with status 2 and a sentence that names it; no traceback."""
    here = place()
    for environ, arguments, sentence in (
        (here.environ, ("pause", "nobody"), "no destination or route nobody"),
        ({**here.environ, "LEDGER_TABLE": "no-such-table"}, ("pause", "a"), "ResourceNotFoundException"),
        ({**here.environ, "AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, ("pause", "a"), "AWS_REGION is not set"),
    ):
        failed = routes(environ, *arguments)
        assert failed.returncode == 2
        assert sentence in failed.stderr and "Traceback" not in failed.stderr


def test_the_table_of_the_stack_on_this_machine_is_found(deployment: Deployment, tmp_path: Path) -> None:
    """Where neither a table nor a stack is named, the command means the stack that runs here, and says if none does."""
    place = tmp_path / "stack.json"
    with pytest.raises(TableNotFoundError, match="STACK=comboio"):
        ledger_table("", {}, place)
    announce(Running(deployment.aws.endpoint), place)
    dynamodb, table = ledger_table("", {}, place)
    assert DynamoStateStore(dynamodb, table).read(["destination#a"])
    assert table == deployment.resource("LedgerTable")


def test_the_table_of_a_named_stack_is_found(deployment: Deployment) -> None:
    """STACK names a CloudFormation stack whose table holds the state; one that does not exist is said."""
    environ = {**deployment.aws.environment, "STACK": STACK}
    done = routes(environ, "pause", "alerts", "--kind", "route", "--why", "by stack")
    assert done.returncode == 0, done.stderr
    assert "by stack" in routes(environ, "status").stdout
    assert routes(environ, "resume", "alerts", "--kind", "route").returncode == 0
    failed = routes({**environ, "STACK": "no-such-stack"}, "status")
    assert failed.returncode == 2
    assert "no-such-stack" in failed.stderr and "Traceback" not in failed.stderr
