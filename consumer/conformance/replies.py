"""What the function answers in each situation, by the events before and this one. Pure."""

from consumer.conformance.situation import Batch, Batches, Position, Reply


def takes(_: Batches, __: Batch) -> Reply:
    """Take all."""
    return Reply({"batchItemFailures": []})


def names(*places: Position) -> Reply:
    """Return a partial response."""
    failed = [{"itemIdentifier": {"partition": name, "offset": offset}} for name, offset in places]
    return Reply({"batchItemFailures": failed})


RAISES = Reply({"errorMessage": "on purpose", "errorType": "RuntimeError"}, failed=True)


def refuses_second(earlier: Batches, batch: Batch) -> Reply:
    """Refuse offset 1 the first time."""
    known = {place for each in earlier for place in each}
    return names(*(place for place in batch if place[1] == 1 and place not in known))


def refuses_in_turn(earlier: Batches, batch: Batch) -> Reply:
    """Refuse offset 0 the first time, and from then on the last record that comes."""
    return names(*(batch[-1:] if earlier else batch[:1]))


def raises_first(earlier: Batches, batch: Batch) -> Reply:
    """Fail the first event."""
    return takes(earlier, batch) if earlier else RAISES


def says_nonsense(earlier: Batches, _: Batch) -> Reply:
    """Name a record that nobody sent, answer a text, name by a text, and at last nothing, which is a success."""
    flat = {"batchItemFailures": [{"itemIdentifier": "nobody-0-7"}]}
    return [names(("nobody-0", 7)), Reply("done"), Reply(flat), Reply(None)][min(len(earlier), 3)]


def names_all(_: Batches, batch: Batch) -> Reply:
    """Name every record as failed."""
    return names(*batch)


def fails_with_third(earlier: Batches, batch: Batch) -> Reply:
    """Fail each event that has offset 2."""
    return RAISES if any(offset == 2 for _, offset in batch) else takes(earlier, batch)


def refuses_first_record(_: Batches, batch: Batch) -> Reply:
    """Refuse offset 0, whenever it comes."""
    return names(*(place for place in batch if place[1] == 0))


def times_out(_: Batches, __: Batch) -> Reply:
    """Answer as Lambda does for a function that it has stopped."""
    return Reply(
        {"errorType": "Sandbox.Timedout", "errorMessage": "Error: Task timed out after 3.00 seconds"}, 200, True
    )


def throttles_first(earlier: Batches, batch: Batch) -> Reply:
    """Throttle the first invocation."""
    return takes(earlier, batch) if earlier else Reply({"Type": "User", "message": "Rate exceeded"}, 429)
