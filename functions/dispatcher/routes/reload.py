"""The reload of the routing table, between batches.

A new table is used only if all of it is valid. Otherwise the old one stays in use: a record that waits can still reach
the right destination, and one that went to the wrong one cannot be called back (docs/adr/0017-routing-override.md).
"""

from collections.abc import Callable, Collection, Mapping

from comboio.routing.table import RoutingError, load
from dispatcher.destinations.destination import Clients
from dispatcher.routes.circle import refuse_circles
from dispatcher.routes.outlets import MakeRate, Outlets, outlets
from dispatcher.routes.same_place import refuse_same_place
from dispatcher.routes.source import TableSource, TableUnreachableError
from dispatcher.stage_reporter import ReloadResult, StageReporter


class LiveRoutes:
    """Returns the outlets to use when it is called, at the start of each batch."""

    def __init__(
        self,
        source: TableSource,
        environ: Mapping[str, str],
        clients: Clients,
        *,
        max_age_s: float,
        clock: Callable[[], float],
        reporter: StageReporter,
        make_rate: MakeRate | None = None,
        served: Collection[str] = (),
    ) -> None:
        """Read the first table; `clock` is monotonic (s), `served` are the clusters that records come from.

        Raises:
            RoutingError, TableUnreachableError: there is no table to start with; this was reported.
        """
        self._source = source
        self._environ = environ
        self._clients = clients
        self._max_age_s = max_age_s
        self._clock = clock
        self._reporter = reporter
        self._make_rate = make_rate
        self._served = served
        try:
            self._text = source.read()
            self._outlets = self._ready(self._text, None)
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
        self._read_at = clock()

    def __call__(self) -> Outlets:
        """Return the outlets to use, after reading the source again if the last time is `max_age_s` ago."""
        if self._source.changes and self._clock() - self._read_at >= self._max_age_s:
            self._reload()
            self._read_at = self._clock()
        return self._outlets

    def _ready(self, text: str, before: Outlets | None) -> Outlets:
        """Return a table with its destinations; the text has been read.

        Raises:
            RoutingError: it is wrong.
        """
        table = load(text, self._environ)
        refuse_circles(table, self._served)
        refuse_same_place(table)
        return outlets(table, self._clients, before, self._make_rate)

    def _reload(self) -> None:
        try:
            text = self._source.read()
            if text == self._text:
                return
            self._outlets = self._ready(text, self._outlets)
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
            self._reporter.table(ReloadResult.CHANGED, f"A new routing table is in use, from {self._source.where}.")
