"""The names that the package offers, and what they cost."""

import re
from pathlib import Path

import pytest

import comboio
from comboio.errors import ComboioError, ConfigurationError, InvalidDataError, ServiceError


@pytest.mark.parametrize("name", comboio.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """A public name can be had from the package, and is the one that its module defines."""
    value = getattr(comboio, name)
    assert value.__name__ == name
    assert name in dir(comboio)


def test_each_name_stands_in_one_module() -> None:
    """The modules of the public names, and the public names, are the same list."""
    assert sorted(name for names in comboio.MODULES.values() for name in names) == sorted(comboio.__all__)


def test_a_name_that_is_not_offered_is_an_attribute_error() -> None:
    """Asking for anything else fails as it does with any module."""
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = comboio.nothing_of_the_kind  # type: ignore[attr-defined]  # on purpose


def test_every_error_has_one_base() -> None:
    """Who catches ComboioError catches all kinds of errors that Comboio raises on purpose."""
    kinds = (ConfigurationError, InvalidDataError, ServiceError)
    assert all(issubclass(kind, ComboioError) for kind in kinds)
    assert issubclass(comboio.ForeignLetterError, InvalidDataError)


@pytest.mark.parametrize("folder", ["layers", "functions", "producer", "consumer", "ops"])
def test_no_other_error_stands_beside_the_tree(folder: str) -> None:
    """Every exception class of the product derives from one of the tree, but for the base itself."""
    found = [
        f"{path.name}: {name}"
        for path in (Path(__file__).parents[3] / folder).rglob("*.py")
        for name in re.findall(r"^class (\w+)\((?:Exception|BaseException|RuntimeError)\)", path.read_text(), re.M)
    ]
    assert found == (["errors.py: ComboioError"] if folder == "layers" else [])
