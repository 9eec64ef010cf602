"""The demo's verdict finds whatever is wrong, and nothing that is not."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.demo.proof.reconcile import Acked, Reconciliation, reconcile

MENDED = ("unknown_codigo",)


def ok(offset: int, kind: str = "ok") -> Acked:
    """Return an acknowledged message; its event_id tells its offset."""
    return Acked(f"e-{offset}", ("t-0", offset), kind)


def verdict(acked: list[Acked], arrived: list[str], **more: Any) -> Reconciliation:
    """Nothing else was found, unless `more` says so."""
    found: dict[str, Any] = {"letters": (), "pending": (), "crashed": {}, **more}
    return reconcile(acked, arrived, **found)


KINDS = st.sampled_from(["ok", "malformed", "tombstone", "unknown_codigo"])


@given(st.lists(KINDS, max_size=30))
def test_a_run_that_went_well_is_sound(kinds: list[str]) -> None:
    """What is good or mended arrives, what is bad is parked: nothing is lost, doubled or misplaced, and all counts."""
    acked = [ok(offset, kind) for offset, kind in enumerate(kinds)]
    arrived = [each.event_id for each in acked if each.kind in ("ok", *MENDED)]
    parked = [each.position for each in acked if each.kind not in ("ok", *MENDED)]
    died = {each.position for each in acked if each.kind != "ok"}
    found = verdict(acked, arrived, parked=parked, mended=MENDED, died=died)
    assert found.sound
    assert found.dispatched + found.parked == len(acked)
    assert found.replayed == kinds.count("unknown_codigo")


def test_what_never_died_was_not_replayed() -> None:
    """An unknown code in a topic whose route asks for no code arrives at once: sound, and no letter's doing."""
    acked = [ok(0, "unknown_codigo"), ok(1, "unknown_codigo")]
    found = verdict(acked, ["e-0", "e-1"], mended=MENDED, died={acked[1].position})
    assert (found.sound, found.dispatched, found.replayed) == (True, 2, 1)


@given(st.lists(KINDS, min_size=1, max_size=30), st.data())
def test_whatever_is_missing_is_lost(kinds: list[str], data: st.DataObject) -> None:
    """One message that is found nowhere makes the run unsound, and is named."""
    acked = [ok(offset, kind) for offset, kind in enumerate(kinds)]
    missing = data.draw(st.sampled_from(acked))
    rest = [each for each in acked if each is not missing]
    arrived = [each.event_id for each in rest if each.kind in ("ok", *MENDED)]
    parked = [each.position for each in rest if each.kind not in ("ok", *MENDED)]
    found = verdict(acked, arrived, parked=parked, mended=MENDED)
    assert (found.lost, found.lost_examples, found.sound) == (1, (missing,), False)


def test_a_message_that_a_ledger_names_is_pending_not_lost() -> None:
    """It is not done, so the run is not sound; but it is not lost."""
    found = verdict([ok(0)], [], pending=[("t-0", 0)])
    assert (found.lost, found.pending, found.sound) == (0, 1, False)


def test_a_copy_needs_a_crash_to_explain_it() -> None:
    """In the ranges of a crash it is explained; elsewhere it is not, and named."""
    crashed = {"t-0": ((0, 4),)}
    explained = verdict([ok(1)], ["e-1", "e-1"], crashed=crashed)
    assert (explained.duplicates, explained.duplicates_explained, explained.sound) == (1, 1, True)
    unexplained = verdict([ok(5)], ["e-5", "e-5"], crashed=crashed)
    assert (unexplained.duplicates, unexplained.duplicates_explained, unexplained.sound) == (1, 0, False)
    assert unexplained.unexplained_examples == ("t-0:5 (e-5)",)


def test_a_message_in_two_places_is_a_copy() -> None:
    """A letter that was replayed and is in the DLQ or parked all the same."""
    for place in ("letters", "parked"):
        found = verdict([ok(1, "unknown_codigo")], ["e-1"], mended=MENDED, **{place: [("t-0", 1)]})
        assert (found.duplicates, found.misplaced, found.sound) == (1, 1, False)


def test_what_belongs_elsewhere_is_misplaced() -> None:
    """A good message in the DLQ; a bad one downstream; a mended one that was never replayed."""
    assert verdict([ok(0)], [], letters=[("t-0", 0)]).misplaced == 1
    assert verdict([ok(0, "malformed")], ["e-0"], letters=[("t-0", 0)]).misplaced == 1
    assert verdict([ok(0, "unknown_codigo")], [], letters=[("t-0", 0)], mended=MENDED).misplaced == 1
