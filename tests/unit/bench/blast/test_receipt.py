"""What the partner's receipts say about order and repeats."""

from bench.blast.receipt import Receipt, offset_of, reordered, repeats


def receipt(offset: int, key: str = "302/T-1", codigo: int = 302, *, doubtful: bool = False) -> Receipt:
    """Return the receipt of a message of one partition."""
    return Receipt(f"3f9a/mt-c400-3:{offset}@17", f"e{offset}", key, codigo, 0.0, doubtful)


def test_the_offset_is_read_from_an_id_whose_topic_has_dashes() -> None:
    """An id names cluster, topic, partition, offset and timestamp; only the offset counts."""
    assert offset_of("3f9a1c2b7d/mt-c400-3:1042@1764080000000") == 1042


def test_a_message_behind_a_later_one_of_its_key_is_reordered() -> None:
    """Each first arrival with a lower offset than one before it counts, and other keys do not matter."""
    assert reordered([receipt(1), receipt(5), receipt(3), receipt(4), receipt(2, "302/T-2")], (302,)) == 2


def test_a_repeat_is_not_reordered() -> None:
    """A message that arrived in order and comes again later breaks no order."""
    assert reordered([receipt(1), receipt(2), receipt(1)], (302,)) == 0


def test_order_is_asked_of_ordered_codes_only() -> None:
    """A route without order may deliver as it likes."""
    assert reordered([receipt(2, codigo=303), receipt(1, codigo=303)], (302,)) == 0


def test_only_a_repeat_after_doubtful_receipts_is_explained() -> None:
    """Where the sender was told that a message was taken, nothing explains that it sends it again."""
    assert repeats([receipt(1, doubtful=True), receipt(1)]) == (1, 1)
    assert repeats([receipt(1), receipt(1)]) == (1, 0)
    assert repeats([receipt(1, doubtful=True), receipt(1), receipt(1)]) == (2, 1)
