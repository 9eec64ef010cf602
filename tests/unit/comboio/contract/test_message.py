"""What the contract takes and refuses, byte for byte."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import MalformedMessageError, decode

GOOD = {"event_id": "01J", "codigo": 300, "truck_id": "T-000123", "occurred_at": "2026-11-22T15:00:00.123Z"}


def payload(rest: str = "", **changed: str) -> bytes:
    """Return a good payload with fields changed, and `rest` before its end; all as raw JSON text."""
    fields = {name: json.dumps(value) for name, value in GOOD.items()} | changed
    return ("{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + rest + "}").encode()


def test_a_good_payload_is_read() -> None:
    """The four fields that the system reads come out typed."""
    message = decode(payload())
    assert (message["codigo"], message["truck_id"], message["event_id"]) == (300, "T-000123", "01J")
    assert message["occurred_at"].isoformat() == "2026-11-22T15:00:00.123000+00:00"


def test_of_a_field_that_stands_twice_the_last_counts() -> None:
    """Messages go on byte for byte, so a receiver that takes the first field reads another code than the route did."""
    twice = payload(codigo="300").replace(b"{", b'{"codigo": 399, ', 1)
    assert twice.count(b'"codigo"') == 2
    assert decode(twice)["codigo"] == 300


@pytest.mark.parametrize("text", ["300", '"300"', "300.0", "3e2"])
def test_codigo_is_read_leniently(text: str) -> None:
    """A codigo that old producers write as text or as a float is the same codigo."""
    assert decode(payload(codigo=text))["codigo"] == 300


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "text",
    [
        *("-1", "true", "false", "null", "300.5", "1e400", "NaN", "Infinity", "-Infinity", "[]", "{}"),
        *("2147483648", "9" * 4_300, '""', '"true"', '"abc"'),
    ],
)
def test_a_wrong_codigo_is_refused(text: str) -> None:
    """A codigo that is no number from 0 to 2^31 - 1 is refused, and the fault names the field."""
    with pytest.raises(MalformedMessageError, match="codigo"):
        decode(payload(codigo=text))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("truck_id", "5"),
        ("truck_id", '""'),
        ("truck_id", "null"),
        ("truck_id", f'"{"x" * 65}"'),
        ("event_id", '""'),
        ("event_id", "7"),
        ("event_id", '"two words"'),
        ("event_id", '"a\\n"'),
        ("event_id", '"caf\\u00e9"'),
        ("event_id", f'"{"x" * 129}"'),
        ("occurred_at", '"now"'),
        ("occurred_at", "true"),
        ("occurred_at", "NaN"),
        ("occurred_at", "Infinity"),
        ("occurred_at", "1e400"),
        ("occurred_at", "[]"),
    ],
)
def test_a_wrong_field_is_refused(name: str, text: str) -> None:
    """A field of the wrong type or beyond its bounds is refused, and the fault names the field."""
    with pytest.raises(MalformedMessageError, match=name):
        decode(payload(**{name: text}))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("name", GOOD)
def test_a_missing_field_is_refused(name: str) -> None:
    """None of the four fields may be left out."""
    rest = {field: value for field, value in GOOD.items() if field != name}
    with pytest.raises(MalformedMessageError, match=name):
        decode(json.dumps(rest).encode())


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf" + payload(),
        payload().decode().encode("utf-16"),
        payload() + b"\x00",
        payload() + payload(),
        payload()[:-1],
        payload(',"x":"@"').replace(b"@", b"\xff"),
        payload(',"@":1').replace(b"@", b"\xc3"),
        payload(',"x":"@"').replace(b"@", b"\x00"),
        payload(',"x":"@"').replace(b"@", b"\x1f"),
        payload(',"x":"@"').replace(b"@", b"\xed\xa0\x80"),
        payload(r',"x":"\ud800"'),
        payload(',"x":' + "9" * 5_000),
    ],
    ids=range(19),
)
def test_what_is_not_json_is_refused(value: bytes) -> None:
    """Anything but one JSON object in UTF-8 without a byte order mark is refused, and nothing worse happens."""
    with pytest.raises(MalformedMessageError, match="payload"):
        decode(value)


@pytest.mark.robustness("input of any shape")
def test_a_tombstone_is_refused_by_its_name() -> None:
    """A record without a value is told from one whose value is wrong."""
    with pytest.raises(MalformedMessageError, match="tombstone"):
        decode(None)


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("place", [',"x":%s', ',"x":{"y":[1,%s]}', ',"x":"NaN","y":%s'])
def test_no_constant_that_is_not_json_gets_through(constant: str, place: str) -> None:
    """NaN and the infinities are refused in unknown fields too, since a strict receiver would choke on them."""
    with pytest.raises(MalformedMessageError, match=constant):
        decode(payload(place % constant))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("text", ["NaN", "Infinity", "is NaN, is -Infinity"])
def test_a_text_that_names_a_constant_is_fine(text: str) -> None:
    """`NaN` within a string is a string like any other, also beside the longest number that is taken."""
    assert decode(payload(f',"note":"{text}","n":{"9" * 4_300}'))["codigo"] == 300


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("bracket", ["[", '{"a":'])
@pytest.mark.parametrize("before", ["", '"NaN",'])
def test_deep_nesting_is_refused(bracket: str, before: str) -> None:
    """A payload of 100,000 open brackets is refused, and neither the stack nor the process ends."""
    with pytest.raises(MalformedMessageError):
        decode(payload(f',"x":[{before}{bracket * 100_000}'))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "rest",
    [
        r',"x":"\u0000"',
        r',"x":"\ud83d\ude00"',
        ',"x":"é \uffff \U0001f69a \x7f"',
        ',"x":1e400',
        ',"x":' + "[" * 100 + "]" * 100,
        ',"x":"' + "y" * 1_000_000 + '"',
    ],
    ids=["escaped NUL", "surrogate pair", "non-ASCII", "large exponent", "100 deep", "1 MB"],
)
def test_unknown_fields_may_hold_any_json(rest: str) -> None:
    """Whatever is JSON may stand in a field that the contract does not know."""
    assert decode(payload(rest))["codigo"] == 300


def test_of_duplicate_names_the_last_counts() -> None:
    """A JSON name that repeats means its last value, as nearly every reader takes it."""
    assert decode(payload(',"codigo":301,"codigo":302'))["codigo"] == 302


@pytest.mark.robustness("input of any shape")
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(value: bytes) -> None:
    """No bytes at all raise anything but the contract's own error."""
    with contextlib.suppress(MalformedMessageError):
        decode(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.robustness("input of any shape")
@given(st.dictionaries(st.sampled_from([*GOOD, "other"]), JSON), st.booleans())
def test_any_json_is_read_or_refused_strictly(changed: dict[str, object], ascii_only: bool) -> None:
    """What is taken is strict JSON with a codigo in its bounds; all else raises the contract's own error."""
    value = json.dumps(GOOD | changed, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        message = decode(value)
    except MalformedMessageError:
        return
    assert 0 <= message["codigo"] < 2**31

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(value, parse_constant=refuse)


@pytest.mark.robustness("input of any shape")
@given(st.sampled_from([*GOOD, "other"]), st.sampled_from(["5%s", '"%s', '["%s"]', '{"%s":1}', '"%s two words" x']))
def test_an_error_never_quotes_the_payload(name: str, form: str) -> None:
    """The fault's text may stand in a log: it names fields, and never what was in them."""
    with pytest.raises(MalformedMessageError) as caught:
        decode(payload(',"z":', **{name: form % "SECRET"}))
    assert "SECRET" not in str(caught.value)
