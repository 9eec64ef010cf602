"""Where SAM builds, and what is taken out of its template."""

from pathlib import Path

from local.deploy.build import BuildPlace


def test_all_that_sam_writes_is_in_the_folder_of_the_run(tmp_path: Path) -> None:
    """What is built and SAM's temporary files are both removed with the run's folder."""
    place = BuildPlace(tmp_path, {"PYTHON": "python3"})
    assert place.environment == {"PYTHON": "python3", "TMPDIR": str(tmp_path / "tmp")}
    assert (tmp_path / "tmp").is_dir()
    assert place.built.is_relative_to(tmp_path)


def test_what_the_emulator_refuses_is_taken_out_and_named(tmp_path: Path) -> None:
    """An alarm of other alarms goes, and the rest of the template stays as it is."""
    place = BuildPlace(tmp_path, {})
    place.built.mkdir()
    kept = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
    template = place.built / "template.yaml"
    template.write_text(f"{kept}  Both:\n    Type: AWS::CloudWatch::CompositeAlarm\n")
    assert (place.leave_out_refused(), template.read_text()) == (["Both"], kept)
