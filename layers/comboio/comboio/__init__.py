"""What the dispatcher, the replayer, the producer and the consumer share, by its public names.

Each name is imported when it is first used: a function's cold start pays only for what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comboio.contract.dead_letter import DeadLetter, ForeignLetterError
    from comboio.contract.message import MalformedMessageError, Telemetry, decode
    from comboio.contract.partition_key import KeyStrategy, partition_key
    from comboio.contract.record import MalformedEventError, Record, partitions
    from comboio.contract.unpack import Message, UnreadableError, read
    from comboio.errors import ComboioError, ConfigurationError, InvalidDataError, ServiceError

__version__ = "0.1.0"
"""The version of the whole product; the wheel takes it from here."""

__all__ = [
    "ComboioError",
    "ConfigurationError",
    "DeadLetter",
    "ForeignLetterError",
    "InvalidDataError",
    "KeyStrategy",
    "MalformedEventError",
    "MalformedMessageError",
    "Message",
    "Record",
    "ServiceError",
    "Telemetry",
    "UnreadableError",
    "decode",
    "partition_key",
    "partitions",
    "read",
]

MODULES = {
    "contract.dead_letter": ("DeadLetter", "ForeignLetterError"),
    "contract.message": ("MalformedMessageError", "Telemetry", "decode"),
    "contract.partition_key": ("KeyStrategy", "partition_key"),
    "contract.record": ("MalformedEventError", "Record", "partitions"),
    "contract.unpack": ("Message", "UnreadableError", "read"),
    "errors": ("ComboioError", "ConfigurationError", "InvalidDataError", "ServiceError"),
}
"""Where each public name is defined."""


if not TYPE_CHECKING:  # a type checker would take any name for there

    def __getattr__(name: str) -> object:
        for module, names in MODULES.items():
            if name in names:
                return getattr(import_module(f"comboio.{module}"), name)
        raise AttributeError(f"module 'comboio' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
