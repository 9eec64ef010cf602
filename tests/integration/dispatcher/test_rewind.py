"""A rewind on a real table: what is delivered again afterwards is dispatched again, exactly from the offset on."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from comboio.contract.cluster import cluster_id
from ops.rewind import main
from tests.integration.dispatcher.conftest import Place
from tests.support.command import Done, run


def rewind(place: Place, *arguments: str) -> Done:
    """Run the command."""
    return run(main, arguments, environ_of(place))


def environ_of(place: Place) -> dict[str, str]:
    """Return what the command needs of the environment."""
    return {"PATH": os.environ["PATH"], "COLUMNS": "120", **place.environ}


@pytest.mark.parametrize("more", ["", 'idempotency = "event"\n'], ids=["offset", "event"])
def test_exactly_the_rest_is_dispatched_again(place: Callable[..., Place], more: str) -> None:
    """After a look nothing changes; after a rewind the records from the offset on go again, once, and no others."""
    here, now = place(more), time.time_ns() // 1_000_000
    assert here.dispatch(range(20), now, "first") == {"batchItemFailures": []}
    assert len(here.arrived()) == 20
    look = rewind(here, "--partition", "t-0", "--to", "12")
    assert (look.returncode, "Nothing was changed" in look.stdout) == (0, True), look.stderr
    here.dispatch(range(20), now, "second")
    assert len(here.arrived()) == 20
    done = rewind(here, "--partition", "t-0", "--to", "12", "--yes")
    assert done.returncode == 0, done.stderr
    for owner in ("third", "fourth"):
        assert here.dispatch(range(5, 20), now, owner) == {"batchItemFailures": []}
    assert here.arrived() == sorted(f"e-{offset}" for offset in [*range(20), *range(12, 20)])


def test_a_partition_in_work_is_refused(place: Callable[..., Place]) -> None:
    """The real table keeps the command out while a lease lives."""
    here, now = place(), time.time_ns() // 1_000_000
    here.dispatch(range(5), now, "first")
    key = {"pk": {"S": f"ledger#{cluster_id('')}/t-0"}}
    here.aws.client("dynamodb").update_item(
        TableName=here.table,
        Key=key,
        UpdateExpression="SET lease_until = :until",
        ExpressionAttributeValues={":until": {"N": str(now + 600_000)}},
    )
    refused = rewind(here, "--partition", "t-0", "--to", "2", "--yes")
    assert refused.returncode == 1 and "is being dispatched by first" in refused.stdout


def test_a_missing_table_is_one_message(place: Callable[..., Place]) -> None:
    """A table that is not there ends the command's process with status 2 and no traceback."""
    asked = ("--partition", "t-0", "--to", "2", "--table", "nobody")
    environ = {**environ_of(place()), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "ops.rewind", *asked]
    failed = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 our own
    assert failed.returncode == 2 and "ResourceNotFound" in failed.stderr and "Traceback" not in failed.stderr
