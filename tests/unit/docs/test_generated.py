"""The generated pages of the docs are those that the code makes today."""

from pathlib import Path

import pytest

from comboio.settings import Settings
from docs.generate.__main__ import DOCS, PAGES, main
from docs.generate.options import SERVICES, options_page
from docs.generate.robustness import folder_of, marked_tests, section_of


def test_the_options_page_is_up_to_date() -> None:
    """The page of options is what the settings models say; `make docs` writes it."""
    page = (DOCS / "reference" / "options.md").read_text(encoding="utf-8")
    assert page == options_page(), "options.md is out of date: run `make docs`"


def test_every_service_with_options_is_on_the_page() -> None:
    """No settings model of a service is forgotten: each leaf of the class tree is a service of the page."""
    documented = {service.model for service in SERVICES}

    def leaves(model: type[Settings]) -> set[type[Settings]]:
        below = [each for each in model.__subclasses__() if not each.__module__.startswith("tests.")]
        return set().union(*map(leaves, below)) if below else {model}

    others = ("tests", "test_settings", "bench")  # no services, and imported or not by what ran before
    product = {model for model in leaves(Settings) if model.__module__.split(".")[0] not in others}
    assert {model.__name__ for model in product if "Example" not in model.__name__} <= {
        model.__name__ for model in documented
    }


def test_the_robustness_page_has_every_marked_test() -> None:
    """Each kind that a test is marked with stands on the page, in its section, with the test's folder."""
    page = (DOCS / "reference" / "robustness.md").read_text(encoding="utf-8")
    sections = {part.partition("\n")[0]: part for part in page.split("\n## ")[1:]}
    missing = [
        f"{test.file}::{test.function} ({test.kind})"
        for test in marked_tests()
        if not any(
            line.startswith(f"| {test.kind} |") and f"`{folder_of(test.file)}`" in line
            for line in sections.get(section_of(test.file), "").splitlines()
        )
    ]
    assert not missing, f"run `make docs`; it lacks {missing}"


def test_marks_are_read_from_functions_classes_and_modules(tmp_path: Path) -> None:
    """A mark counts wherever pytest lets it stand, and the one nearest to the test decides."""
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_one.py").write_text(
        "import pytest\n"
        "pytestmark = pytest.mark.robustness('of the module')\n"
        "def test_a(): ...\n"
        "@pytest.mark.robustness('its own')\n"
        "def test_b(): ...\n"
        "def helper(): ...\n"
        "@pytest.mark.robustness('of the class')\n"
        "class TestAll:\n"
        "    def test_c(self): ...\n"
    )
    (folder / "test_two.py").write_text("def test_d(): ...\n")
    assert [(test.function, test.kind) for test in marked_tests(folder)] == [
        ("test_a", "of the module"),
        ("test_b", "its own"),
        ("test_c", "of the class"),
    ]


def test_an_unknown_page_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt page writes nothing, and the pages that exist are named."""
    assert main(["option.md"]) == 2
    error = capsys.readouterr().err
    assert all(name in error for name in PAGES)
