"""What holds for every test: property tests judge what is right, never how long it takes; and how a run begins."""

import gc
import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.support.examples import examples
from tests.support.scheduler import GroupsAndFiles, in_turn
from tests.support.workers import import_tests, make_tables

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


@pytest.hookimpl(optionalhook=True)  # a run without xdist has no such hook
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> GroupsAndFiles:
    """Share out the tests of a parallel run by their group or, for unit tests, by their file."""
    return GroupsAndFiles(config, log)


def pytest_collection(session: pytest.Session) -> None:
    """Import what a worker imports, in its own order, and leave garbage alone: what is made until then is kept."""
    gc.disable()
    if "PYTEST_XDIST_WORKER" in os.environ:
        make_tables()
        import_tests(session.config.args, session.config.rootpath)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what waits run beside what computes, instead of after it or before."""
    items[:] = in_turn(items)


def pytest_collection_finish() -> None:
    """Spare the collector the modules and the thousands of tests that stay to the end."""
    gc.collect()
    gc.freeze()
    gc.enable()
