"""The routing table that batches go by, and when another takes its place.

A new table is taken between batches, and only if all of it is right. Else the old one stays: a record that waits can
still go the right way, and one that went the wrong way cannot be had back (docs/adr/0017-routing-override.md).
"""

from collections.abc import Callable, Mapping

from comboio.routing.table import RoutingError, load
from dispatcher.destinations.destination import Clients
from dispatcher.routes.outlets import Outlets, outlets
from dispatcher.routes.source import TableSource, TableUnreachableError
from dispatcher.stage_reporter import ReloadResult, StageReporter


class LiveRoutes:
    """Call it at the start of each batch: it gives the outlets to use."""

    def __init__(
        self,
        source: TableSource,
        environ: Mapping[str, str],
        clients: Clients,
        *,
        max_age_s: float,
        clock: Callable[[], float],
        reporter: StageReporter,
    ) -> None:
        """Reads the first table; `clock` is in seconds of no epoch.

        Raises:
            RoutingError, TableUnreachableError: there is no table to go by. It was told.
        """
        self._source = source
        self._environ = environ
        self._clients = clients
        self._max_age_s = max_age_s
        self._clock = clock
        self._reporter = reporter
        try:
            self._text = source.read()
            self._outlets = outlets(load(self._text, environ), clients)
        except TableUnreachableError as error:
            reporter.table(
                ReloadResult.UNREACHABLE, f"There is no routing table to start with, so nothing is dispatched. {error}"
            )
            raise
        except RoutingError as error:
            reporter.table(
                ReloadResult.BROKEN, f"The routing table is wrong, so nothing is dispatched. In {source.where}: {error}"
            )
            raise
        self._looked_at = clock()

    def __call__(self) -> Outlets:
        """The outlets in force, after a look at the source if the last one is long enough ago."""
        if self._source.changes and self._clock() - self._looked_at >= self._max_age_s:
            self._look()
            self._looked_at = self._clock()
        return self._outlets

    def _look(self) -> None:
        try:
            text = self._source.read()
            if text == self._text:
                return
            self._outlets = outlets(load(text, self._environ), self._clients, self._outlets)
        except TableUnreachableError as error:
            self._reporter.table(
                ReloadResult.UNREACHABLE, f"The routing table was not reloaded; the old one stays in use. {error}"
            )
        except RoutingError as error:
            self._reporter.table(
                ReloadResult.BROKEN,
                f"The new routing table in {self._source.where} is wrong; the old one stays in use. {error}",
            )
        else:
            self._text = text
            self._reporter.table(ReloadResult.CHANGED, f"A new routing table is in force, from {self._source.where}.")
