"""The partner of the blast benchmark, over loopback."""

import json
from http.client import HTTPConnection

import pytest

from bench.blast import partner as module
from bench.blast.partner import Partner
from bench.blast.scenario import Mode


def body(*offsets: int, codigo: int = 302) -> bytes:
    """Return what a webhook is sent."""
    messages = [
        {
            "id": f"3f9a/mt-c400-3:{offset}@17",
            "message": {"event_id": f"e{offset}", "codigo": codigo, "truck_id": "T-1"},
        }
        for offset in offsets
    ]
    return json.dumps(messages).encode()


def test_a_dead_partner_refuses_connections_and_cuts_kept_ones() -> None:
    """A connection from before must not go on being served, and the partner listens again on the same port."""
    with Partner() as partner:
        kept = HTTPConnection("127.0.0.1", partner.port, timeout=5)
        kept.request("POST", "/messages", body(1))
        assert kept.getresponse().status == 200
        partner.behave(Mode.DEAD)
        kept.auto_open = 0
        with pytest.raises(OSError):
            kept.request("POST", "/messages", body(2))
            kept.getresponse()
        with pytest.raises(ConnectionRefusedError):
            HTTPConnection("127.0.0.1", partner.port, timeout=5).connect()
        partner.behave(Mode.BASELINE)
        again = HTTPConnection("127.0.0.1", partner.port, timeout=5)
        again.request("POST", "/messages", body(2))
        assert again.getresponse().status == 200
    assert [receipt.event_id for receipt in partner.receipts] == ["e1", "e2"]


def test_a_refused_call_takes_nothing() -> None:
    """Above the limit the whole call is answered 429, and none of its messages counts as taken."""
    with Partner() as partner:
        partner.behave(Mode.THROTTLE)
        assert partner.answer(body(*range(60)))[0] == 200
        assert partner.answer(body(99))[0] == 429
        assert len(partner.receipts) == 60


def test_the_poison_fails_every_call_it_is_in_and_no_other() -> None:
    """One message of the ordered route is chosen amid traffic; the calls without it are taken."""
    with Partner() as partner:
        partner.behave(Mode.POISON)
        partner.answer(body(*range(module.POISON_AFTER)))
        assert partner.answer(body(500, codigo=303))[0] == 200
        assert partner.answer(body(1000, 1001))[0] == 500
        assert partner.poison_id == "3f9a/mt-c400-3:1000@17"
        assert partner.answer(body(1001))[0] == 200
        assert partner.answer(body(1000))[0] == 500
