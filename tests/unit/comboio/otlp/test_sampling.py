"""Which batches have a trace."""

import pytest

from comboio.otlp.sampling import SHORTEST_S, Sampling
from comboio.otlp.settings import SamplerName

LOW, HIGH = "f" * 18 + "0" * 14, "0" * 18 + "f" * 14


@pytest.mark.parametrize(
    ("name", "alone", "with_parent", "without_parent", "with_message"),
    [
        ("always_on", True, True, True, True),
        ("always_off", False, False, False, False),
        ("parentbased_always_on", True, True, False, True),
        ("parentbased_always_off", False, True, False, True),
    ],
)
def test_each_sampler_keeps_to_its_name(
    name: SamplerName, alone: bool, with_parent: bool, without_parent: bool, with_message: bool
) -> None:
    """Those based on a parent follow a sampled message, then the parent; the others ask nobody."""
    assert Sampling(name, 1.0).wants(HIGH, None, 0.0, followed=False) is alone
    assert Sampling(name, 1.0).wants(HIGH, True, 0.0, followed=False) is with_parent
    assert Sampling(name, 1.0).wants(HIGH, False, 0.0, followed=False) is without_parent
    assert Sampling(name, 1.0).wants(HIGH, False, 0.0, followed=True) is with_message


@pytest.mark.parametrize(("ratio", "low", "high"), [(0.0, False, False), (0.5, True, False), (1.0, True, True)])
def test_a_ratio_samples_the_low_trace_ids(ratio: float, low: bool, high: bool) -> None:
    """The random part of the trace id decides: the same trace gets the same answer everywhere."""
    for name in ("traceidratio", "parentbased_traceidratio"):
        found = [Sampling(name, ratio).wants(each, None, 0.0, followed=False) for each in (LOW, HIGH)]
        assert found == [low, high]


def test_there_are_never_more_than_so_many() -> None:
    """However many batches come, sampled messages in all of them or not, each kind has ten traces a second at most."""
    sampling = Sampling("parentbased_always_on", 1.0)
    for followed in (True, False):
        wanted = sum(sampling.wants(LOW, None, number / 1_000, followed=followed) for number in range(5_000))
        assert 40 <= wanted <= 5 / SHORTEST_S


def test_a_message_that_is_followed_does_not_compete_with_the_rest() -> None:
    """A batch with a sampled message has its trace though another batch just had one."""
    sampling = Sampling("parentbased_always_on", 1.0)
    assert sampling.wants(LOW, None, 1.0, followed=False)
    assert sampling.wants(LOW, None, 1.001, followed=True)
