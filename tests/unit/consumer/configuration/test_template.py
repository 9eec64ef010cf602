"""A template is read as CloudFormation reads it, or refused in one sentence that shows no value."""

import json
from pathlib import Path

import pytest

from consumer.configuration.template import TemplateError, read_parameters, read_template, sam_parameters


def written(folder: Path, text: str, name: str = "template.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_short_and_long_functions_are_the_same(tmp_path: Path) -> None:
    """`!GetAtt A.B` and its long form, and YAML and JSON, give the same data."""
    short = written(
        tmp_path, "Resources:\n  A: {X: !Ref P, Y: !GetAtt A.B.C, Z: !If [C, !Sub 'a', 1], W: !Condition D}\n"
    )
    node = {"X": {"Ref": "P"}, "Y": {"Fn::GetAtt": ["A", "B.C"]}, "Z": {"Fn::If": ["C", {"Fn::Sub": "a"}, 1]}}
    long = {"Resources": {"A": {**node, "W": {"Condition": "D"}}}}
    assert read_template(short) == long == read_template(written(tmp_path, json.dumps(long), "template.json"))


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Resources: [", "line 1"),
        ("{", "neither YAML nor JSON"),
        ("just text", "no Resources"),
        ("", "no Resources"),
        ("Resources: []", "no Resources"),
        ("a: \x00", "neither YAML nor JSON"),
        ("[" * 2_000, "neither YAML nor JSON"),
        ("!!python/object/apply:os.system [id]", "neither YAML nor JSON"),
        (f"{BOMB}Resources: {{}}", "more than"),
        ("Resources: !!timestamp soon", "neither YAML nor JSON"),
        ("Resources: !!bool maybe", "neither YAML nor JSON"),
        ("Resources: !!int ''", "neither YAML nor JSON"),
        ("a: 1\nResources: " + "[" * 8_000, "at line 2"),  # a minute, if it were read
    ],
    ids=["open", "brace", "text", "empty", "list", "null", "deep", "python", "bomb", "time", "bool", "int", "slow"],
)
def test_what_is_no_template_is_said_so(tmp_path: Path, text: str, said: str) -> None:
    """Each wrong file is one error of configuration, and a small file never becomes a large structure."""
    with pytest.raises(TemplateError, match=said):
        read_template(written(tmp_path, text))


@pytest.mark.robustness("bad input to a command or a template")
def test_a_missing_file_names_the_option(tmp_path: Path) -> None:
    """The operator learns what to correct."""
    with pytest.raises(TemplateError, match="CONSUMER_TEMPLATE"):
        read_template(tmp_path / "missing.yaml")


def test_parameters_come_from_samconfig(tmp_path: Path) -> None:
    """The overrides of `sam deploy` count, as a text or as a list, and those of the command over the global ones."""
    text = """
        version = 0.1
        [default.global.parameters]
        parameter_overrides = "A=1 B=2"
        [default.deploy.parameters]
        parameter_overrides = ["B=3", "C='two words'"]
    """
    written(tmp_path, text, "samconfig.toml")
    assert sam_parameters(tmp_path) == {"A": "1", "B": "3", "C": "two words"}
    assert sam_parameters(tmp_path / "elsewhere") == {}


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default = 1", "default stands|global stands"),
        ("default.deploy = []", "parameters stands"),
        ("default.deploy.parameters = 'x'", "parameter_overrides stands"),
        (f"a = {'[' * 2_000}", "nested too deeply"),
        (f"a = {'9' * 5_000}", "cannot be read"),
    ],
    ids=["number", "array", "text", "deep", "digits"],
)
def test_a_samconfig_of_another_shape_is_said_to_be_wrong(tmp_path: Path, text: str, said: str) -> None:
    """The file is found beside the template, so nobody may have thought of it."""
    written(tmp_path, text, "samconfig.toml")
    with pytest.raises(TemplateError, match=f"samconfig.toml .*({said})"):
        sam_parameters(tmp_path)


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize("text", ["A=1 S3cr3t", "A='S3cr3t", "=S3cr3t"])
def test_a_wrong_parameter_is_refused_without_its_value(text: str) -> None:
    """A parameter may be a secret, so the error counts entries and shows none."""
    with pytest.raises(TemplateError) as caught:
        read_parameters(text)
    assert "S3cr3t" not in str(caught.value)
