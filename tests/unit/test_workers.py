"""How the workers of a parallel run share what the first run of a checkout makes."""

import sys
from pathlib import Path

import pytest

from tests.support.workers import import_tests, own_first

SKIPPED = "import pytest\npytest.skip('not here', allow_module_level=True)"
FILES = [f"test_{number}.py" for number in range(10)]


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 16])
def test_each_worker_has_all_files_and_begins_with_its_own(workers: int) -> None:
    """No file is left out, and the parts that the workers begin with are all files together."""
    firsts = []
    for worker in range(workers):
        files = own_first(FILES, {"PYTEST_XDIST_WORKER": f"gw{worker}", "PYTEST_XDIST_WORKER_COUNT": str(workers)})
        assert sorted(files) == FILES
        firsts.append(FILES.index(files[0]))
    assert firsts == sorted(firsts) and firsts[0] == 0
    assert all(
        later - first <= -(-len(FILES) // workers) for first, later in zip(firsts, [*firsts[1:], 10], strict=True)
    )


def test_a_run_without_workers_has_them_as_they_are() -> None:
    """One process has nobody to share with."""
    assert own_first(FILES, {}) == FILES


def test_a_module_that_fails_is_left_to_the_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was imported in part would be taken for one without tests, and nobody would hear of it."""
    texts = {"good": "", "wrong": "raise RuntimeError", "absent": "import no_such_module", "skipped": SKIPPED}
    (tmp_path / "folder_of_workers").mkdir()
    for name, text in texts.items():
        (tmp_path / f"folder_of_workers/test_{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    import_tests([str(tmp_path)], tmp_path)
    names = [name for name in sys.modules if name.startswith("folder_of_workers.")]
    assert names == ["folder_of_workers.test_good"]
    del sys.modules["folder_of_workers.test_good"], sys.modules["folder_of_workers"]
