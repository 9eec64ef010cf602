"""When a record is done."""

from comboio.contract.record import Record
from comboio.ledger.ledger import Ledger
from comboio.message.content import Content
from dispatcher.destinations.entry import Entry
from dispatcher.intake.admission import Admission
from dispatcher.parcel import Outcome, Parcel
from tests.support.dispatcher import NOW, parcel, record, route


def test_a_fresh_record_has_nothing_behind_it() -> None:
    """It was never tried, replayed, deferred or buried, and nobody has it."""
    one = Parcel(record(0), "c")
    assert (one.attempts, one.since, one.replay_count, one.served) == (0, 0, 0, ())
    assert not (one.deferred or one.in_dlq or one.done)


def test_on_its_way_it_is_done_when_all_have_it() -> None:
    """Before its outcome is known a record is done once every destination of its route has it, and not before."""
    one = parcel(0, route(to=("a", "b")))
    assert not one.done
    one.served = ("b",)
    assert not one.done
    one.served = ("b", "a")
    assert one.done


def test_a_dead_one_is_done_when_it_is_buried() -> None:
    """A dead record counts as handled once the DLQ has it."""
    one = parcel(0)
    one.dead_letter("permanent", "no")
    assert not one.done
    one.in_dlq = True
    assert one.done


def test_failed_and_held_are_not_done() -> None:
    """What must come again is not done, whoever has it already."""
    for outcome in (Outcome.FAILED, Outcome.HELD):
        one = parcel(0)
        one.served, one.outcome = ("a",), outcome
        assert not one.done


def test_no_message_stands_in_what_is_printed_of_it() -> None:
    """Whatever of a message finds its way into a log or a traceback says which it is, and not what it says."""
    body = "T-000042-secret"
    of_it = Record("", "t-0", "t", 0, 7, NOW, body.encode(), body.encode(), [{"h": list(body.encode())}])
    content = Content(300, "e-1", body, None, {"x": body}, body, body)
    parcel = Parcel(of_it, "c-1", content=content)
    entry = Entry([parcel], body, 15)
    printed = [repr(each) for each in (of_it, content, parcel, entry, Admission(Ledger(), [parcel], 0, 0, False))]
    assert [text for text in printed if body in text] == []
    assert all("t-0:7" in printed[place] for place in (0, 2, 4))
