"""The errors that Comboio raises, and what a caller can do about each kind.

    ComboioError
    ├── ConfigurationError     an operator mends it: SettingsError, RoutingError, NoCredentialsError, TopicsError, ...
    ├── InvalidDataError       no retry helps: MalformedEventError, MalformedMessageError, ForeignLetterError, ...
    └── ServiceError           a retry may help: AwsError, UnreachableError, KafkaUnavailableError, ...

Two kinds stay outside. `UnreadableError` of `comboio.contract.unpack` is a ValueError alone, since that file may be
copied into a receiver; and what a validator of the settings or of the routing table raises is a ValueError, which
pydantic turns into a SettingsError or a RoutingError.
"""


class ComboioError(Exception):
    """Any error that Comboio raises on purpose; its text says what happened, what to check and what to do next."""


class ConfigurationError(ComboioError):
    """An option, a file or the environment is wrong: nothing starts until somebody corrects it."""


class InvalidDataError(ComboioError):
    """What was given cannot be used as it is: it fails again however often it is tried."""


class ServiceError(ComboioError):
    """Another service did not do what it was asked to: trying again later may help."""
