"""Where the routing table is read."""

from pathlib import Path

import pytest

from comboio.routing.table import DEFAULT_TABLE
from comboio.settings import SettingsError
from dispatcher.routes.source import TableFile, TableParameter, TableUnreachableError, table_source
from dispatcher.settings import DispatcherSettings
from tests.unit.dispatcher.test_settings import GIVEN


class Provider:
    """Powertools Parameters with one value, or an error."""

    def __init__(self, value: object) -> None:
        self.value = value
        self.asked: list[tuple[str, dict[str, object]]] = []

    def get(self, name: str, **options: object) -> object:
        self.asked.append((name, options))
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def test_the_layers_own_table_is_the_default() -> None:
    """Without options the layer's table is used, and never looked at again."""
    source = table_source(DispatcherSettings.from_environment(GIVEN), {})
    assert (source.read(), source.changes) == (DEFAULT_TABLE.read_text(), False)


def test_a_file_may_change(tmp_path: Path) -> None:
    """A file that an option names is read anew each time, and says which one it is when it cannot be."""
    file = tmp_path / "routes.toml"
    source = table_source(DispatcherSettings.from_environment({**GIVEN, "DISPATCHER_ROUTES_FILE": str(file)}), {})
    with pytest.raises(TableUnreachableError, match=r"routes\.toml"):
        source.read()
    file.write_text("version = 1")
    assert (source.read(), source.changes) == ("version = 1", True)
    file.write_bytes(b"\xff")
    with pytest.raises(TableUnreachableError):
        TableFile(file).read()


@pytest.mark.parametrize("value", ["version = 1", b"version = 1"])
def test_a_parameter_is_fetched_each_time(value: object) -> None:
    """Text and bytes are both a table, and no cache of Powertools stands between."""
    provider = Provider(value)
    source = TableParameter("here", "routes", lambda: provider)
    assert source.read() == source.read() == "version = 1"
    assert provider.asked == [("routes", {"max_age": 0, "force_fetch": True})] * 2


@pytest.mark.robustness("a routing table that is broken or out of reach")
@pytest.mark.parametrize("error", [OSError("no way there"), KeyError("x"), ValueError("denied")])
def test_whatever_goes_wrong_is_the_source_being_away(error: Exception) -> None:
    """Any error of the store's client names the place and what to check."""
    with pytest.raises(TableUnreachableError, match=r"from here.*role"):
        TableParameter("here", "routes", lambda: Provider(error)).read()


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_after_a_failure_the_store_is_asked_anew() -> None:
    """A session of AppConfig that is over does not keep the old table in force for as long as the process lives."""
    over, new = Provider("version = 1"), Provider("version = 2")
    source = TableParameter("here", "routes", iter([over, new]).__next__)
    assert source.read() == source.read() == "version = 1"
    over.value = ValueError("BadRequestException: the token has expired")
    with pytest.raises(TableUnreachableError, match="expired"):
        source.read()
    assert source.read() == source.read() == "version = 2"


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_bytes_that_are_no_text_are_no_table() -> None:
    """A configuration that is not UTF-8 keeps the old table like any that cannot be read."""
    with pytest.raises(TableUnreachableError):
        TableParameter("here", "routes", lambda: Provider(b"\xff\xfe")).read()


def test_one_place_at_a_time() -> None:
    """Two places are refused, with both variables: nobody should have to know which one wins."""
    both = {"DISPATCHER_ROUTES_FILE": "/x", "DISPATCHER_ROUTES_PARAMETER": "/y"}
    with pytest.raises(SettingsError, match=r"DISPATCHER_ROUTES_FILE, DISPATCHER_ROUTES_PARAMETER are set"):
        DispatcherSettings.from_environment({**GIVEN, **both})


@pytest.mark.parametrize("place", ["app", "app/env", "app/env/", "a/b/c/d", "a b/c/d"])
def test_an_appconfig_place_has_three_parts(place: str) -> None:
    """What is not application/environment/profile stops at start."""
    with pytest.raises(SettingsError, match="DISPATCHER_ROUTES_APPCONFIG"):
        DispatcherSettings.from_environment({**GIVEN, "DISPATCHER_ROUTES_APPCONFIG": place})


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_a_client_that_cannot_be_made_is_the_source_being_away() -> None:
    """What is wrong with the surroundings is told like anything else that keeps the table from being read."""

    def provide() -> Provider:
        raise OSError("no region")

    with pytest.raises(TableUnreachableError, match="no region"):
        TableParameter("here", "routes", provide).read()
