"""The benchmark starts the function as the template does."""

from bench.dispatcher.contenders import ENVIRONMENT
from tests.support.source_tree import ROOT


def test_what_shortens_a_start_in_lambda_does_so_in_the_benchmark() -> None:
    """A variable of the template that costs or saves start time has the same value in the benchmark."""
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert f'PYDANTIC_DISABLE_PLUGINS: "{ENVIRONMENT["PYDANTIC_DISABLE_PLUGINS"]}"' in template
