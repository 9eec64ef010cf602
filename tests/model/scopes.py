"""The scopes in which the protocol is explored: small ones in each run of the tests, larger ones by `make model`."""

from collections.abc import Mapping

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
