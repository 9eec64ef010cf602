"""The partial-batch response."""

import json

from dispatcher.response import response


def test_the_identifier_is_an_object() -> None:
    """Each undone record is named by partition and offset: Lambda takes a flat text for a failure of all."""
    assert json.loads(json.dumps(response([("mt-c400-3", 100), ("a-b-0", 0)]))) == {
        "batchItemFailures": [
            {"itemIdentifier": {"partition": "mt-c400-3", "offset": 100}},
            {"itemIdentifier": {"partition": "a-b-0", "offset": 0}},
        ]
    }


def test_all_done_is_an_empty_list() -> None:
    """A batch that is done answers with an empty list."""
    assert response([]) == {"batchItemFailures": []}
