"""Offsets as Kafka's own command exports them."""

from pathlib import Path

import pytest

from ops.offsets_file import OffsetsFileError, read


def test_each_line_is_a_partition(tmp_path: Path) -> None:
    """Topics may have dashes and dots, as Kafka's names do, and a blank line at the end says nothing."""
    (tmp_path / "o.csv").write_text("mt-c400,7,94\nvehicle.events,11,0\n\n", encoding="utf-8")
    assert read(tmp_path / "o.csv") == {"mt-c400-7": 94, "vehicle.events-11": 0}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "t,0\n",
        "group,t,0,5\n",
        "t,0,-1\n",
        "t,x,5\n",
        ",0,5\n",
        "t,0,5\nt,0,6\n",
        "t,\u0663,5\n",
        "Warn: Partition 0 from topic t is empty. Falling back to latest known offset.\nt,0,5\n",
        "Error: The group is not empty, but ConsumerGroupCommand, x, y\n",
    ],
)
def test_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    """A remark of Kafka's, a partition that stands there twice or an empty file is named, and nothing is guessed."""
    (tmp_path / "o.csv").write_text(text, encoding="utf-8")
    with pytest.raises(OffsetsFileError, match=r"o\.csv"):
        read(tmp_path / "o.csv")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A wrong name, a folder, or bytes that are no text end in one sentence."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name in ("missing.csv", ".", "bytes"):
        with pytest.raises(OffsetsFileError, match="cannot be read"):
            read(tmp_path / name)
