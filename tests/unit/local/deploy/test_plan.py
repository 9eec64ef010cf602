"""What `make deploy-local` deploys and how it updates it."""

from local.deploy.plan import FIRST, STAND_INS, UPDATES
from tests.support.template import TEMPLATE


def test_the_updates_change_code_a_parameter_and_the_resources() -> None:
    """One update brings new code, one adds the resource that depends on the routes parameter; all parameters exist."""
    changed = {name for update in UPDATES for name in update.changed}
    assert any(update.release for update in UPDATES)
    assert "RoutesParameterName" in changed
    assert changed | FIRST.keys() <= TEMPLATE.parameters.keys()
    assert TEMPLATE.resources["ReadRoutes"]["Condition"] == "HasRoutesParameter"


def test_whatever_has_a_default_is_deployed_with_it() -> None:
    """The first deployment is what a newcomer gets: it names the parameters without a default and no others."""
    assert FIRST.keys() == {name for name, each in TEMPLATE.parameters.items() if "Default" not in each}


def test_every_stand_in_can_be_written_into_the_report() -> None:
    """The report fills in what ran here, and leaves no placeholder."""
    for stand_in in STAND_INS.values():
        assert "{" not in stand_in.format(kafka="k", python="p", machine="m", left_out="a")
