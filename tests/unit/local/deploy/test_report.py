"""When a run of `make deploy-local` proves what it should."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from local.deploy.report import DeployReport, UpdateReport

SOUND = DeployReport(
    kafka="a broker",
    build_s=1.0,
    deployed=True,
    deploy_s=2.0,
    messages=100,
    dispatched=98,
    dead_lettered=2,
    letters=3,
    replayer_counted=3,
    lost=0,
    pending=0,
    misplaced=0,
    held=0,
    duplicates=3,
    duplicates_explained=3,
    killed_invocations=1,
    update_under_traffic_lost=0,
    updates=(UpdateReport("new code", 9.0, 50, 0),),
    drain_s=1.0,
    retained=("table ledger",),
    left_behind=(),
    stand_ins={"Amazon MSK": "a broker"},
    unexplained=(),
    lost_examples=(),
)


def test_copies_that_a_killed_invocation_explains_are_sound() -> None:
    """Nothing lost, and every copy explained: the verdict says so."""
    assert SOUND.sound
    assert "Nothing lost: all 100 messages" in SOUND.verdict()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"lost": 1}, "1 messages lost"),
        ({"pending": 1}, "1 still pending"),
        ({"misplaced": 1}, "1 misplaced"),
        ({"held": 1}, "1 left in the hold queue"),
        ({"duplicates": 5}, "2 extra copies that no killed invocation explains"),
        ({"updates": (UpdateReport("new code", 9.0, 0, 0),)}, "1 updates without traffic"),
        ({"replayer_counted": 1}, "2 dead letters by which queue and replayer differ"),
        ({"left_behind": ("role r",)}, "1 resources left behind"),
    ],
)
def test_a_fault_makes_the_run_unsound_and_is_named(changed: dict[str, object], says: str) -> None:
    """Each thing that could be wrong is enough, and the verdict names it."""
    report = replace(SOUND, **changed)  # type: ignore[arg-type]  # the fields of the table above
    assert not report.sound
    assert says in report.verdict()


def test_a_stack_that_was_not_deployed_proves_nothing() -> None:
    """Without a deployment the run is not sound, whatever else is right."""
    assert not replace(SOUND, deployed=False).sound


def test_the_file_has_what_machines_read(tmp_path: Path) -> None:
    """report.json has the figures that CI looks at, under their names."""
    SOUND.write(tmp_path / "report.json")
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert {"deployed", "messages", "lost", "duplicates", "update_under_traffic_lost"} <= found.keys()
