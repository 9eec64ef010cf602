"""A tool is installed once for each lock."""

from pathlib import Path

import pytest

from local.tool import installed


class Installer:
    """Installs one file, and counts how often."""

    def __init__(self, *, failing: bool = False) -> None:
        self.calls = 0
        self.failing = failing

    def __call__(self, directory: Path) -> None:
        self.calls += 1
        assert list(directory.iterdir()) == []
        (directory / "program").write_text("")
        if self.failing:
            raise RuntimeError("no network")


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "lock.txt"
    path.write_text("tool==1")
    return path


def test_a_tool_is_installed_once(tmp_path: Path, lock: Path) -> None:
    """The second use is instant: nothing is installed again."""
    install = Installer()
    first = installed("tool", lock, install, tmp_path / "tools")
    assert installed("tool", lock, install, tmp_path / "tools") == first
    assert install.calls == 1


def test_a_new_lock_installs_anew(tmp_path: Path, lock: Path) -> None:
    """What is installed is always what the lock says now."""
    install = Installer()
    installed("tool", lock, install, tmp_path / "tools")
    lock.write_text("tool==2")
    installed("tool", lock, install, tmp_path / "tools")
    assert install.calls == 2


def test_a_half_made_tool_is_never_used(tmp_path: Path, lock: Path) -> None:
    """An installation that failed is begun again from an empty directory."""
    with pytest.raises(RuntimeError):
        installed("tool", lock, Installer(failing=True), tmp_path / "tools")
    install = Installer()
    installed("tool", lock, install, tmp_path / "tools")
    assert install.calls == 1
