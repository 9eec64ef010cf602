"""The command's options are the request's fields."""

import pytest

from dlq_replayer.request.request import Continuation, Filter, Request, read
from ops.replay.arguments import FILTERS, FLAGS, OPTIONS, SINGLE_FILTERS, request


def test_options_become_a_request_that_the_function_takes() -> None:
    """A command line as operators write it becomes a request that the replayer takes."""
    filters = ["--codigo", "301", "--codigo", "302", "--reason", "unroutable", "--since", "2026-11-22T15:00:00Z"]
    asked, as_json = request(["replay", *filters, "--max", "100", "--rate", "50", "--dry-run", "--json"])
    found = read(asked)
    assert as_json
    assert (found.filter.codigo, found.max_messages, found.rate_per_s, found.dry_run) == ((301, 302), 100, 50.0, True)
    assert found.filter.since is not None


def test_what_is_left_out_is_the_function_s_to_default() -> None:
    """The request has only the fields that the command line names."""
    assert request(["inspect"]) == ({"action": "inspect"}, False)


def test_every_field_has_its_option() -> None:
    """Every field of a request has an option of the command."""
    assert set(FILTERS) | set(SINGLE_FILTERS) == set(Filter.model_fields)
    assert set(OPTIONS) | set(FLAGS) | {"action", "filter", "continues"} == set(Request.model_fields)
    assert Continuation.model_fields


def test_help_tells_what_the_request_s_fields_say(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of an option is the description of its field."""
    with pytest.raises(SystemExit) as ended:
        request(["--help"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert " ".join(str(Request.model_fields["max_replays"].description).split()) in said
