"""The list of what a run made."""

from pathlib import Path

import pytest

from local.account.made import CheckRun, Made, Thing
from local.errors import LocalError

RUN = CheckRun("comboio-check", "run-1", "123456789012", "arn:aws:kafka:eu-west-1:123456789012:cluster/trucks/0a1b-1")


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Give an empty list."""
    return Made.begin(tmp_path / "list.jsonl", RUN)


def test_what_was_made_last_is_removed_first(made: Made) -> None:
    """A stack goes before the bucket that it was made from; the same thing stands there once."""
    for kind, name in (("bucket", "comboio-check-b"), ("stack", "comboio-check"), ("bucket", "comboio-check-b")):
        made.about_to_make(kind, name)
    assert list(made) == [Thing("stack", "comboio-check"), Thing("bucket", "comboio-check-b")]


@pytest.mark.parametrize(
    "name", ["comboio", "comboio-checkers", "other-comboio-check", "/comboio-check/other", "mt-c400", ""]
)
def test_a_name_of_somebody_else_is_never_on_it(made: Made, name: str) -> None:
    """Whatever has not the run's prefix, whole, is refused before it is made."""
    with pytest.raises(LocalError, match="neither made nor removed"):
        made.about_to_make("topic", name)
    assert list(made) == []


def test_a_run_that_was_killed_is_found_again(made: Made, tmp_path: Path) -> None:
    """The list is on disk before anything is made; a line that a full disk cut off says nothing and harms none."""
    made.about_to_make("stack", "comboio-check")
    with (tmp_path / "list.jsonl").open("a") as file:
        file.write('["bucket", "comboio-ch')
    left = Made.left(tmp_path / "list.jsonl", RUN.account, RUN.cluster)
    assert left.run == RUN
    assert list(left) == [Thing("stack", "comboio-check")]
    left.about_to_make("kept", "comboio-check-q", "AWS::SQS::Queue")
    assert list(left) == [Thing("kept", "comboio-check-q", "AWS::SQS::Queue"), Thing("stack", "comboio-check")]


def test_two_runs_of_a_name_are_not_mixed_up(made: Made, tmp_path: Path) -> None:
    """A second run begins only once the first one's things are gone."""
    path = tmp_path / "list.jsonl"
    with pytest.raises(LocalError, match="REMOVE=true"):
        Made.begin(path, RUN._replace(id="run-2"))
    made.end()
    assert Made.begin(path, RUN._replace(id="run-2")).run.id == "run-2"


def test_without_a_list_there_is_nothing_to_remove(tmp_path: Path) -> None:
    """REMOVE never looks for things by their names alone."""
    with pytest.raises(LocalError, match="nothing to remove"):
        Made.left(tmp_path / "list.jsonl", RUN.account, RUN.cluster)


@pytest.mark.parametrize("text", ["", '{"name": "comboio-che', "[]", '{"name": "comboio-check"}'])
def test_a_list_without_a_whole_head_is_told(tmp_path: Path, text: str) -> None:
    """A full disk may cut off the first line, before anything was made."""
    path = tmp_path / "list.jsonl"
    path.write_text(text)
    with pytest.raises(LocalError, match="does not say whose it is"):
        Made.left(path, RUN.account, RUN.cluster)


@pytest.mark.parametrize(
    ("account", "cluster"),
    [("210987654321", RUN.cluster), (RUN.account, RUN.cluster.replace("eu-west-1", "eu-west-2"))],
)
def test_a_list_is_read_for_its_own_account_and_region_only(
    made: Made, tmp_path: Path, account: str, cluster: str
) -> None:
    """Elsewhere nothing of it would be found, so that all of it would pass for removed, and go on costing."""
    made.about_to_make("stack", "comboio-check")
    with pytest.raises(LocalError, match="Nothing was removed"):
        Made.left(tmp_path / "list.jsonl", account, cluster)
