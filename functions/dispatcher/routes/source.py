"""Where the routing table comes from: a file, a parameter of SSM Parameter Store, or AppConfig.

SSM and AppConfig are read through Powertools Parameters, which imports boto3: 0.3 s of a cold start, only where one
of them is configured.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from comboio.errors import ServiceError
from comboio.routing.table import DEFAULT_TABLE
from dispatcher.settings import DispatcherSettings

TIMEOUT_S = 2.0
"""Timeout of one try to connect or to read; there are two tries. A batch waits for them, once in
DISPATCHER_ROUTES_MAX_AGE_S."""


class TableUnreachableError(ServiceError):
    """The table cannot be read from its source; the text says which, and what to check."""


class TableSource(Protocol):
    """A place with a routing table in TOML."""

    where: str
    """The place, in words for people."""
    changes: bool
    """Whether the table can change while the function runs."""

    def read(self) -> str:
        """Return the table's text as it is now.

        Raises:
            TableUnreachableError: it cannot be read.
        """
        ...


class TableFile:
    """A file; the layer's own cannot change under a running function."""

    def __init__(self, path: Path) -> None:
        self.where = f"the file {path}"
        self.changes = path != DEFAULT_TABLE
        self._path = path

    def read(self) -> str:
        """See TableSource."""
        try:
            return self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TableUnreachableError(f"The routing table cannot be read from {self.where}: {error}.") from None


class TableParameter:
    """What a provider of Powertools Parameters has under a name; `provide` makes it when it is needed.

    After a failure a new one is made: AppConfig's keeps the token of its session, which ends after a day without a
    call, and would ask with it for ever.
    """

    changes = True

    def __init__(self, where: str, name: str, provide: Callable[[], Any]) -> None:
        self.where = where
        self._name = name
        self._provide = provide
        self._provider: Any = None

    def read(self) -> str:
        """See TableSource. Nothing is cached here: the caller decides how long it uses a table."""
        try:
            if self._provider is None:
                self._provider = self._provide()
            found = self._provider.get(self._name, max_age=0, force_fetch=True)
            return found.decode() if isinstance(found, bytes) else str(found)
        except Exception as error:  # whatever Powertools, botocore or the network raises
            self._provider = None
            raise TableUnreachableError(
                f"The routing table cannot be read from {self.where}: {error}. Check its name, that the function's "
                "role may read it, and the service's health."
            ) from error


def table_source(settings: DispatcherSettings, environ: Mapping[str, str]) -> TableSource:
    """Return the source that the options name, or the layer's own table if they name none."""
    if name := settings.routes_parameter:
        return TableParameter(f"the SSM parameter {name}", name, lambda: _parameters(environ))
    if place := settings.routes_appconfig:
        application, environment, profile = place.split("/")
        return TableParameter(f"AppConfig's {place}", profile, lambda: _appconfig(application, environment, environ))
    return TableFile(Path(settings.routes_file) if settings.routes_file else DEFAULT_TABLE)


def _parameters(environ: Mapping[str, str]) -> Any:
    from aws_lambda_powertools.utilities.parameters import SSMProvider

    return SSMProvider(boto_config=_config(environ))


def _appconfig(application: str, environment: str, environ: Mapping[str, str]) -> Any:
    from aws_lambda_powertools.utilities.parameters import AppConfigProvider

    return AppConfigProvider(environment=environment, application=application, boto_config=_config(environ))


def _config(environ: Mapping[str, str]) -> Any:
    """Return a client's options; boto3 alone does not read AWS_REGION, which all other services use."""
    from botocore.config import Config

    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    return Config(
        region_name=region,
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
        retries={"total_max_attempts": 2},
    )
