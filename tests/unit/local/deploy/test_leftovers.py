"""What a deleted stack may leave behind, and what it may not."""

from local.deploy.leftovers import leftovers, retained_names
from tests.support.template import TEMPLATE


def test_what_the_template_retains_is_found_in_its_text() -> None:
    """The resources that are read from the lines of template.yaml are those that a YAML reader finds."""
    expected = {name for name, each in TEMPLATE.resources.items() if each.get("DeletionPolicy") == "Retain"}
    assert expected
    assert retained_names(TEMPLATE.path.read_text(encoding="utf-8")) == expected


def test_a_resource_that_nothing_retains_is_surplus() -> None:
    """What was there before, what is retained, and SAM's own bucket are no faults; everything else is."""
    before = {"queue other"}
    after = {"queue other", "table ledger", "role forgotten", "bucket aws-sam-cli-managed-default-x", "queue ledger-2"}
    found = leftovers(before, after, {"ledger"})
    assert found.retained == ("table ledger",)
    assert found.surplus == ("queue ledger-2", "role forgotten")
