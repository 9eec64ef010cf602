"""How many cases a test comes to is counted as pytest collects them, whether or not pytest is asked."""

from collections import Counter
from pathlib import Path

import pytest

from docs.generate import cases
from docs.generate.cases import count_cases

WRITTEN = """
import pytest
from hypothesis import given, strategies

@pytest.fixture(params=[1, 2, 3])
def number(request): return request.param

@pytest.fixture
def twice(number): return 2 * number

def test_one(): ...

@pytest.mark.timeout(3)
@pytest.mark.parametrize("a", [1, 2])
@pytest.mark.parametrize(("b", "c"), ((1, 2), (3, 4), (5, 6)))
def test_product(a, b, c): ...

@given(strategies.integers())
def test_property(number_of_its_own): ...

@pytest.mark.parametrize("a", [1, 2])
class TestAll:
    def test_method(self, a): ...
    @pytest.mark.parametrize("b", [1, 2])
    def test_one(self, a, b): ...
"""
"""What its source says."""

UNSAID = (
    "@pytest.mark.parametrize('a', list('abc'))\ndef test_it(a): ...",
    "@pytest.mark.parametrize('a', [*'abc'])\ndef test_it(a): ...",
    "each = pytest.mark.parametrize('a', 'abc')\n@each\ndef test_it(a): ...",
    "pytestmark = pytest.mark.parametrize('a', 'abc')\ndef test_it(a): ...",
    "@pytest.fixture(params='abc')\ndef a(): ...\n@pytest.fixture\ndef b(a): ...\ndef test_it(b): ...",
    "@pytest.fixture(params='abc')\ndef a(): ...\n@pytest.mark.usefixtures('a')\ndef test_it(): ...",
    "@pytest.fixture(params='abc', autouse=True)\ndef a(): ...\ndef test_it(): ...",
    "class Held:\n  @pytest.mark.parametrize('a', 'abc')\n  def test_it(self, a): ...\nclass TestIt(Held): ...",
    "def pytest_generate_tests(metafunc): metafunc.parametrize('a', 'abc')\ndef test_it(a): ...",
)
"""What pytest has to be asked: each has three cases."""


def _file(root: Path, text: str) -> str:
    (root / "tests").mkdir()
    (root / "tests" / "test_it.py").write_text(f"import pytest\n{text}\n")
    return "tests/test_it.py"


def test_the_source_says_what_pytest_would_collect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters that are written out multiply, a property is one case, and tests of one name add up."""
    file = _file(tmp_path, WRITTEN)
    monkeypatch.setattr(cases, "_collected", lambda *_: pytest.fail("it asked pytest"))
    names = ("test_one", "test_product", "test_property", "test_method")
    assert count_cases({(file, name) for name in names}, tmp_path) == {
        (file, "test_one"): 1 + 2 * 2,
        (file, "test_product"): 6,
        (file, "test_property"): 1,
        (file, "test_method"): 2,
    }


@pytest.mark.parametrize("text", UNSAID)
def test_pytest_is_asked_where_the_source_does_not_say_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """No way to get parameters from elsewhere is taken for a single case."""
    file = _file(tmp_path, text)
    monkeypatch.setattr(cases, "_collected", lambda files, _: Counter({(each, "asked"): 1 for each in files}))
    assert count_cases({(file, "test_it")}, tmp_path) == {(file, "asked"): 1}


def test_what_pytest_collects_is_counted(tmp_path: Path) -> None:
    """Each case that pytest lists counts for its function."""
    file = _file(tmp_path, UNSAID[0])
    assert count_cases({(file, "test_it")}, tmp_path) == {(file, "test_it"): 3}
