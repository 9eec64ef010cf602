"""The consumer as a command: reads its options, runs the service, and says what keeps it from running."""

import gc
import os
import sys
from collections.abc import Sequence

from comboio.errors import ConfigurationError
from comboio.host.systemd import tell_where_it_stands
from comboio.settings import SettingsError
from consumer.configuration.which import Configured, MappingOptions, configured
from consumer.failure import ServiceFailedError
from consumer.kafka.client import KafkaUnavailableError
from consumer.process import Stop, keep_standard_streams, say
from consumer.service import run
from consumer.settings import ConsumerSettings

FAILED = 1
WRONG_OPTION = 2
UNREACHABLE = 3

_USAGE = f"""python -m consumer: polls Kafka and invokes a function with batches, as Lambda's event source mapping does.

It ends on SIGTERM or Ctrl-C: the batches in flight are finished and committed first. A second signal ends it at once,
and they are redelivered. Exit status: 0 a clean end; {FAILED} the Kafka client or the function cannot go on;
{WRONG_OPTION} a wrong option, an unknown function or a missing topic; {UNREACHABLE} Kafka does not answer.

  --parameter Name=value   gives the template of CONSUMER_TEMPLATE a parameter; may be repeated
  --record DIR             writes each event and each answer into a directory (CONSUMER_RECORD)

All other options are environment variables:
"""


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    """Run the command; return its exit status."""
    keep_standard_streams()
    tell_where_it_stands()
    try:
        parameters, variables = _read(arguments)
    except ValueError:
        return _help(arguments)
    collect_rarely()
    stop = Stop()
    try:
        found = configured({**os.environ, **variables}, parameters)
        run(_settings(found), stop, stop.install, found.sentences)
    except (ConfigurationError, OSError) as error:
        say(str(error))
        return WRONG_OPTION
    except KafkaUnavailableError as error:
        say(str(error))
        return UNREACHABLE
    except ServiceFailedError as error:
        say(f"{error} Start the service again.")
        return FAILED
    return 0


def collect_rarely() -> None:
    """Let the garbage collector leave records alone: they are many, live long for it and have no cycles.

    At its default threshold it goes through them over and over (2 of 7 us a message, bench/consumer/event.py).
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _read(arguments: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the template's parameters, and the variables that options stand for; raise a ValueError for others."""
    parameters, variables = {}, {}
    for option, entry in zip(arguments[::2], arguments[1::2], strict=True):
        name, equals, value = entry.partition("=")
        if option == "--parameter" and name and equals:
            parameters[name] = value
        elif option == "--record" and entry:
            variables["CONSUMER_RECORD"] = entry
        else:
            raise ValueError(option)
    return parameters, variables


def _help(arguments: Sequence[str]) -> int:
    wanted = list(arguments) in (["--help"], ["-h"])
    stream = sys.stdout if wanted else sys.stderr
    if stream is not None:
        stream.write(f"{_USAGE}\n{MappingOptions.describe()}\n{ConsumerSettings.describe()}\n")
    return 0 if wanted else WRONG_OPTION


def _settings(found: Configured) -> ConsumerSettings:
    """Read the options; what the mapping gives, and what it could not give, explains what is wrong."""
    try:
        return ConsumerSettings.from_environment(found.environ)
    except SettingsError as error:
        lines = [str(error), *found.sentences]
        if found.mapping:
            lines.append(f"Options that are not set come from the mapping {found.mapping}; set those that are wrong.")
        raise SettingsError("\n".join(lines)) from None
