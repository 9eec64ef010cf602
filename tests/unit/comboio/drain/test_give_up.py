"""Orders to give up: what they take, how they replace each other, and what becomes of one that cannot be read."""

import pytest

from comboio.drain.give_up import KEPT_MS, MOST, GiveUp, TooManyOrdersError, from_json, to_json, with_order

NOW = 1_700_000_000_000


def test_an_order_takes_what_had_waited_when_it_was_given() -> None:
    """A record that is diverted later goes on, whatever its code."""
    order = GiveUp(NOW, before=NOW)
    assert order.takes("t", NOW - 1, 300)
    assert not order.takes("t", NOW, 300)


@pytest.mark.parametrize(
    ("topic", "since", "code", "taken"),
    [
        ("t", NOW - 1, 300, True),
        ("t", NOW - 1, "300", True),
        ("t", NOW - 1, 301, False),
        ("t", NOW - 1, None, False),
        ("u", NOW - 1, 300, False),
        ("t", NOW - 11, 300, False),
    ],
)
def test_everything_that_is_given_must_hold(topic: str, since: int, code: object, taken: bool) -> None:
    """Topic, code and time each exclude what does not have them."""
    order = GiveUp(NOW, NOW, since=NOW - 10, codes=("300",), topics=("t",))
    assert order.takes(topic, since, code) is taken


def test_a_later_order_replaces_those_that_it_covers_and_no_other() -> None:
    """So giving the same order again and again adds none, and a narrow order does not undo a wide one."""
    wide, narrow = GiveUp(NOW, NOW), GiveUp(NOW + 1, NOW + 1, codes=("300",))
    assert with_order([wide], narrow) == (wide, narrow)
    again = GiveUp(NOW + 2, NOW + 2, codes=("300", "301"))
    assert with_order([wide, narrow], again) == (wide, again)
    assert with_order([wide, again], GiveUp(NOW + 3, NOW + 3)) == (GiveUp(NOW + 3, NOW + 3),)


def test_orders_have_an_end_and_a_maximum() -> None:
    """What SQS has deleted by now needs no order; beyond the maximum an order is refused, and none is dropped."""
    old = GiveUp(NOW - KEPT_MS, NOW - KEPT_MS, topics=("t",))
    many = [GiveUp(NOW, NOW, codes=(str(code),)) for code in range(MOST)]
    assert with_order([old], many[0]) == (many[0],)
    with pytest.raises(TooManyOrdersError, match="covers all"):
        with_order(many, GiveUp(NOW, NOW, codes=("x",)))
    assert with_order(many, GiveUp(NOW, NOW)) == (GiveUp(NOW, NOW),)


def test_orders_come_back_as_they_were_stored() -> None:
    """Nothing of an order is lost on its way through the table."""
    orders = (GiveUp(NOW, NOW), GiveUp(NOW, NOW - 1, 5, ("300", "a"), ("t",), "ana"))
    assert from_json(to_json(orders)) == orders


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"before": 1}]', "null", '[{"asked_at": "x"}]'])
def test_what_cannot_be_read_gives_nothing_up(text: str) -> None:
    """An item that somebody else wrote ends no record's wait."""
    assert from_json(text) == ()
