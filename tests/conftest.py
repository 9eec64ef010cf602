"""What holds for every test: property tests judge what is right, never how long it takes."""

from hypothesis import HealthCheck, Phase, settings

from tests.support.examples import examples

settings.register_profile(
    "comboio",
    settings(),  # in CI, Hypothesis's own profile for it: the same examples each time
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("comboio")

settings.register_profile(
    "proof",  # of `make prove-tests`: whether a test is red is all that counts, and it is so each time
    settings.get_profile("comboio"),
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    database=None,
)
