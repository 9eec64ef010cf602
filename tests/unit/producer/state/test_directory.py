"""The state directory: one producer at a time, released at the end."""

from pathlib import Path

import pytest

from producer.options.instance import Instance
from producer.state.directory import StateDirectory, StateTakenError


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_it_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    """The second is refused while the first has it; another instance's is another one."""
    with StateDirectory(tmp_path, Instance()), StateDirectory(tmp_path, Instance(1, 2)) as other:
        assert other.path() == tmp_path / "1"
        with pytest.raises(StateTakenError, match="PRODUCER_INSTANCE"):
            StateDirectory(tmp_path, Instance())
    with StateDirectory(tmp_path, Instance()) as again:
        assert (again.path(), again.shared(), again.lasting) == (tmp_path / "0", tmp_path, True)


def test_without_a_root_there_is_a_temporary_one() -> None:
    """Made when asked for, and the same each time."""
    with StateDirectory(None, Instance()) as state:
        assert not state.lasting
        assert state.path() == state.path()
        state.path().rmdir()
