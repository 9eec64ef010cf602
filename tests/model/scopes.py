"""The scopes in which the protocol is explored: small ones in each run of the tests, larger ones by `make model`."""

from collections.abc import Mapping

from tests.model.event_claims import EventScope
from tests.model.protocol import Scope

SMALL: Mapping[str, Scope] = {
    "a crash and a refusal": Scope((0, 2), (1, 1), (1, 0, 1, 0, 0, 0)),
    "two refusals": Scope((0, 2), (1, 1), (0, 0, 2, 0, 0, 0)),
    "a zombie and a refusal": Scope((0, 2), (1, 1), (0, 1, 1, 0, 0, 0)),
    "a zombie and a refusal, without the hold queue": Scope((0, 2), (1, 1), (0, 1, 1, 0, 0, 0), diverts=False),
    "a lost answer and a repetition": Scope((0, 2), (1, 1), (0, 0, 1, 1, 1, 0)),
    "any order, a crash and a late delivery": Scope((0, 2), (1, 1), (1, 0, 0, 0, 0, 1), ordered=False),
}
"""By what can go wrong in them: (crashes, zombies, refusals, lost answers, repetitions, late deliveries)."""

LARGE: Mapping[str, Scope] = {
    "three records, a crash and a refusal": Scope((0, 1, 3), (1, 1, 1), (1, 0, 1, 0, 0, 0)),
    "two crashes and two refusals": Scope((0, 2), (1, 1), (2, 0, 2, 0, 0, 0)),
    "two keys, two refusals and a lost answer": Scope((0, 1, 2), (1, 2, 2), (0, 0, 2, 1, 0, 0)),
    "a crash, a zombie and a refusal": Scope((0, 2), (1, 1), (1, 1, 1, 0, 0, 0)),
    "tokens forgotten, a crash and two refusals": Scope((0, 2), (1, 1), (1, 0, 2, 0, 0, 0), forgets=True),
    "a lost answer, a repetition and a crash": Scope((0, 2), (1, 1), (1, 0, 1, 1, 1, 0)),
    "any order, a crash, a refusal and a late delivery": Scope((0, 2), (1, 1), (1, 0, 1, 0, 0, 1), ordered=False),
}

SMALL_OF_EVENTS: Mapping[str, EventScope] = {
    "a crash": EventScope("aa", (0, 0), (1, 1), (1, 0, 0, 0, 0, 0)),
    "a crash, and a claim that is not answered": EventScope("aa", (0, 0), (1, 1), (1, 0, 0, 0, 1, 0)),
    "a crash and a failure, in two partitions": EventScope("aa", (0, 1), (1, 1), (1, 0, 1, 0, 0, 0), shared=False),
    "a zombie and a failure": EventScope("aa", (0, 1), (1, 1), (0, 1, 1, 0, 0, 0), shared=False, at_once=3),
    "a crash, and two times that pass": EventScope("aa", (0, 1), (1, 1), (1, 0, 0, 0, 0, 2)),
    "a crash and a failure, in order": EventScope("aab", (0, 0, 0), (1, 1, 1), (1, 0, 1, 0, 0, 0), ordered=True),
}
"""By what can go wrong in them: (crashes, zombies, failures, refusals, unanswered calls, times that pass)."""

LARGE_OF_EVENTS: Mapping[str, EventScope] = {
    "two crashes, three copies": EventScope("aaa", (0, 0, 1), (1, 1, 1), (2, 0, 0, 0, 0, 0)),
    "a crash and two unanswered calls": EventScope("aa", (0, 1), (1, 1), (1, 0, 0, 0, 2, 0), shared=False),
    "a crash, a refusal and an unanswered call": EventScope("aab", (0, 0, 0), (1, 1, 1), (1, 0, 0, 1, 1, 0)),
    "a crash and an unanswered call, in order": EventScope(
        "baa", (0, 0, 1), (1, 1, 1), (1, 0, 0, 0, 1, 0), shared=False, ordered=True
    ),
    "a crash, a zombie and a failure": EventScope("aa", (0, 1), (1, 1), (1, 1, 1, 0, 0, 0)),
    "a zombie, a failure and a refusal": EventScope("aa", (0, 1), (1, 1), (0, 1, 1, 1, 0, 0), at_once=3),
    "a crash, and three times that pass": EventScope("aa", (0, 1), (1, 1), (1, 0, 0, 0, 0, 3)),
}
