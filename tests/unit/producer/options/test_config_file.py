"""The config file is read as systemd reads an EnvironmentFile, and by systemd's own library where it is there."""

import ctypes
import logging
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comboio.settings import SettingsError
from producer.options.config_file import NAME, parse, read_config_file, read_config_files

DOCUMENTED = [
    ("A=x", {"A": "x"}),
    ("A = x", {"A": "x"}),
    ("  A=x  \t", {"A": "x"}),
    ("A=x y", {"A": "x y"}),
    ("A=", {"A": ""}),
    ("A", {}),
    ("nonsense\nA=x", {"A": "x"}),
    ("#A=x\n;A=y\n  # A=z", {}),
    ("A=x # y", {"A": "x # y"}),
    ("lower=1\nA=x", {"lower": "1", "A": "x"}),
    ("A=a\nA=b", {"A": "b"}),
    ("A=x=y", {"A": "x=y"}),
    (r"A=p\@ss", {"A": "p@ss"}),
    (r"A=a\\b", {"A": r"a\b"}),
    ("A=a\\\nb", {"A": "ab"}),
    ("A=a\\ ", {"A": "a "}),
    ("A=a'b'c", {"A": "a'b'c"}),
    ('A=a"b"', {"A": 'a"b"'}),
    ("A='x'", {"A": "x"}),
    ("A=' x '", {"A": " x "}),
    (r"A='a\b'", {"A": r"a\b"}),
    ("A='x\ny'", {"A": "x\ny"}),
    ('A="x\ny"', {"A": "x\ny"}),
    (r'A="p\\ss"', {"A": r"p\ss"}),
    (r'A="a\"b\$c\`d\e"', {"A": r'a"b$c`d\e'}),
    ('A="a\\\nb"', {"A": "ab"}),
    ("A='a''b'", {"A": "ab"}),
    ("A='a' b", {"A": "ab"}),
    ("A='x' ", {"A": "x"}),
    ('A="x', {"A": "x"}),
    ("A=x\r\nB=y\r\n", {"A": "x", "B": "y"}),
    ("A=ação", {"A": "ação"}),
]
"""Files and what systemd.exec(5) says of them."""


def _read(text: str) -> dict[str, str]:
    return {name: value for name, value in parse(text) if NAME.fullmatch(name)}


@pytest.mark.parametrize(("text", "values"), DOCUMENTED)
def test_a_documented_case_is_read_as_documented(text: str, values: dict[str, str]) -> None:
    """Quotes, backslashes, blanks, comments and continued lines mean what systemd's manual says."""
    assert _read(text) == values


@pytest.fixture(scope="module")
def systemd() -> ctypes.CDLL:
    found = sorted(
        library
        for place in ("/usr/lib/x86_64-linux-gnu/systemd", "/usr/lib/systemd", "/usr/lib64/systemd")
        for library in Path(place).glob("libsystemd-shared-*.so")
    )
    if not found:
        pytest.skip("systemd's library is not on this machine")
    library = ctypes.CDLL(str(found[0]))
    if not hasattr(library, "load_env_file_pairs"):
        pytest.skip("systemd's library does not offer its reader")
    library.load_env_file_pairs.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.POINTER(ctypes.POINTER(ctypes.c_char_p)),
    ]
    return library


def _systemd_reads(library: ctypes.CDLL, path: Path) -> dict[str, str]:
    pairs = ctypes.POINTER(ctypes.c_char_p)()
    assert library.load_env_file_pairs(None, str(path).encode(), ctypes.byref(pairs)) == 0
    texts: list[str] = []
    while pairs and (text := pairs[len(texts)]) is not None:
        texts.append(text.decode())
    return {name: value for name, value in zip(texts[::2], texts[1::2], strict=True) if NAME.fullmatch(name)}


@pytest.mark.robustness("side outputs and surroundings that fail")
@given(st.text(st.sampled_from("AB=\\'\"#; \t\n\r$`x"), max_size=24))
@example("A=a\\\nb")
@example("A='x' 'y'\\")
def test_every_text_is_read_as_systemd_reads_it(
    systemd: ctypes.CDLL, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Whatever quotes, backslashes and comments a file has, systemd's own reader finds the same values in it.

    A comment that ends in a backslash is left out: systemd has read it in two ways (the line after it was a comment
    before version 254).
    """
    path = tmp_path_factory.getbasetemp() / "environment"
    lines = text.replace("\r", "\n").split("\n")
    if any(line.lstrip(" \t").startswith(("#", ";")) and "\\" in line for line in lines):
        return
    path.write_bytes(text.encode())
    assert _read(text) == _systemd_reads(systemd, path)


def test_a_line_that_is_ignored_is_told_without_its_content(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A name that no variable can have is logged, and what the line says is not."""
    path = tmp_path / "producer.env"
    path.write_text("MY-SECRET=hunter2\nA=x\n")
    with caplog.at_level(logging.WARNING):
        assert read_config_file(path) == {"A": "x"}
    assert "ignored" in caplog.text
    assert "SECRET" not in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("content", [None, b"A=\xff\n"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    """A file that is missing, or no text, stops the start with the option's name."""
    path = tmp_path / "producer.env"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="PRODUCER_CONFIG_FILE"):
        read_config_file(path)


@pytest.mark.robustness("bad input to a command or a template")
def test_a_name_too_long_for_a_file_is_missing_or_cannot_be_read() -> None:
    """A reload that meets it is refused like any other, and the service goes on."""
    assert read_config_files(f"-/{'x' * 300}") == {}
    with pytest.raises(SettingsError, match="File name too long"):
        read_config_files(f"/{'x' * 300}")


def test_a_later_file_wins_and_may_be_missing(tmp_path: Path) -> None:
    """An instance's own file adds to the common one and wins over it; with a dash before its name it may be missing."""
    common, own = tmp_path / "producer.env", tmp_path / "producer-0.env"
    common.write_text("A=common\nB=common\n")
    assert read_config_files(f"{common}:-{own}") == {"A": "common", "B": "common"}
    own.write_text("A=own\n")
    assert read_config_files(f"{common}:-{own}") == {"A": "own", "B": "common"}
    with pytest.raises(SettingsError):
        read_config_files(f"{common}:{tmp_path / 'none'}")
