"""ProvisionedPollerConfig: how many pollers a mapping has, and when this process cannot have them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from consumer.configuration.given import MAPPING, Given
from consumer.configuration.resolve import Unknown, section
from consumer.inflight.pollers import MOST_INVOCATIONS, MOST_POLLERS
from consumer.invoke.at_a_time import has_one_environment

NAME = "ProvisionedPollerConfig"

NUMBERS = {"MinimumPollers": ("CONSUMER_MINIMUM_POLLERS", 1), "MaximumPollers": ("CONSUMER_MAXIMUM_POLLERS", 200)}
"""By property, the option, and AWS's default."""

_CONCURRENCY = "CONSUMER_CONCURRENCY"

ONE_AT_A_TIME = (
    f"{NAME} is not honoured: a handler in this process, or one emulator, takes an event at a time, where Lambda has "
    "an environment for each. Name more emulators; or set CONSUMER_CONCURRENCY and CONSUMER_MINIMUM_POLLERS, if the "
    "handler is safe for several events at once."
)


def provisioned_pollers(properties: Mapping[str, Any]) -> Iterator[Given]:
    """Return the pollers that a mapping asks for, as far as one process has them."""
    pollers = section(properties, NAME, MAPPING)
    if not pollers:
        return
    yield Given(_CONCURRENCY, str(MOST_INVOCATIONS))
    for name, (variable, default) in NUMBERS.items():
        asked = pollers.get(name, default)
        if isinstance(asked, Unknown):
            yield Given(variable, sentence=f"{name} is {asked.why}. Set {variable}.")
        elif _number(asked) > MOST_POLLERS:
            yield Given(variable, str(MOST_POLLERS))
            yield Given(
                variable,
                sentence=f"{name} is {asked}, and a process has at most {MOST_POLLERS} pollers. Start more processes "
                "for the others.",
            )
        else:
            yield Given(variable, str(asked))
    if pollers.get("PollerGroupName"):
        yield Given("", sentence="PollerGroupName is not honoured: a process shares its pollers with no other mapping.")


def unless_one_at_a_time(found: Mapping[str, str], function: str) -> tuple[dict[str, str], list[str]]:
    """Return the options without pollers, and a sentence, where the function takes one event at a time."""
    variables = {_CONCURRENCY, *(variable for variable, _ in NUMBERS.values())}
    if not variables & found.keys() or not has_one_environment(function):
        return dict(found), []
    return {name: value for name, value in found.items() if name not in variables}, [ONE_AT_A_TIME]


def _number(asked: Any) -> int:
    """Return a number of pollers; 0 for what the settings refuse."""
    return int(asked) if str(asked).isdecimal() else 0
