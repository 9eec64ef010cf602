"""Claims keep the same promises in memory and in DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, connect
from comboio.claims.claims import FOREVER, Claim, ClaimResult, Claims
from comboio.claims.dynamodb import DynamoClaims
from comboio.claims.memory import MemoryClaims
from local.aws import Deployment

NOW = 1_795_359_600_000


@pytest.fixture(params=["memory", "dynamodb"])
def claims(request: pytest.FixtureRequest) -> Iterator[Claims]:
    """Both stores."""
    if request.param == "memory":
        yield MemoryClaims()
        return
    deployment: Deployment = request.getfixturevalue("deployment")
    environ = deployment.environment("DispatcherFunction")
    with ThreadPoolExecutor(16) as pool:
        api = connect(DYNAMODB, environ, credential_source(environ))
        yield DynamoClaims(api, environ["LEDGER_TABLE"], pool, 86_400)


def test_a_claim_has_one_owner(claims: Claims) -> None:
    """Taken for good it is taken; for a while it is busy, until that is over; and it is always its owner's."""
    name = f"event#{uuid4()}"
    mine, other = Claim(name, "t-0:1"), Claim(name, "t-0:2")
    assert claims.take([mine], NOW, NOW + 100) == [ClaimResult.OURS]
    assert claims.take([other, mine], NOW, NOW + 100) == [ClaimResult.BUSY, ClaimResult.OURS]
    assert claims.take([other], NOW + 101, FOREVER) == [ClaimResult.OURS]
    assert claims.take([mine], NOW + 999, FOREVER) == [ClaimResult.TAKEN]


@pytest.mark.robustness("clocks that jump or are wrong")
def test_a_claim_of_a_wrong_clock_holds_nobody_up(claims: Claims) -> None:
    """A replay whose clock was a day ahead, and that died, does not keep its letter for a day; one for good stays."""
    name, forever = f"replay#{uuid4()}", f"event#{uuid4()}"
    claims.take([Claim(name, "me")], NOW, NOW + 86_400_000)
    claims.take([Claim(forever, "me")], NOW, FOREVER)
    assert claims.take([Claim(name, "you"), Claim(forever, "you")], NOW, NOW + 9) == [
        ClaimResult.OURS,
        ClaimResult.TAKEN,
    ]


def test_a_claim_is_kept_and_freed_by_its_owner_only(claims: Claims) -> None:
    """Nobody else can make it last, or give it away."""
    name = f"replay#{uuid4()}"
    mine, other = Claim(name, "me"), Claim(name, "you")
    claims.take([mine], NOW, NOW + 100)
    claims.free([other])
    assert claims.keep([other, mine], NOW) == [False, True]
    assert claims.take([other], NOW + 999, NOW + 2_000) == [ClaimResult.TAKEN]
    claims.free([mine])
    assert claims.take([other], NOW, FOREVER) == [ClaimResult.OURS]


@pytest.mark.parametrize("item", ["", "events#r#{}#0"])
def test_whose_a_claim_is_is_said_without_taking_it(claims: Claims, item: str) -> None:
    """Asked for several owners of a name at once; what is free is nobody's, and stays free."""
    unique = uuid4()
    mine, other = (Claim(f"event#{unique}", owner, item.format(unique)) for owner in ("t-0:1", "t-0:2"))
    assert claims.owned([other, mine]) == [ClaimResult.TAKEN, ClaimResult.TAKEN]
    assert claims.take([mine], NOW, FOREVER) == [ClaimResult.OURS]
    assert claims.owned([other, mine, other]) == [ClaimResult.TAKEN, ClaimResult.OURS, ClaimResult.TAKEN]
    claims.free([mine])
    assert claims.owned([mine]) == [ClaimResult.TAKEN]
    assert claims.take([other], NOW, FOREVER) == [ClaimResult.OURS]


def test_claims_share_an_item(claims: Claims) -> None:
    """Of those that share an item each has its own owner, and freeing one leaves the others."""
    item = f"events#r#{uuid4()}#0"
    mine = [Claim(f"event#r#{number}", "t-0:1", item) for number in range(120)]
    yours = [claim._replace(owner="t-1:1") for claim in mine]
    assert set(claims.take(mine, NOW, FOREVER)) == {ClaimResult.OURS}
    assert claims.take([*yours[:2], *mine[2:]], NOW, FOREVER) == [ClaimResult.TAKEN] * 2 + [ClaimResult.OURS] * 118
    claims.free([mine[0], yours[1]])
    assert claims.take(yours[:3], NOW, FOREVER) == [ClaimResult.OURS, ClaimResult.TAKEN, ClaimResult.TAKEN]


@pytest.mark.robustness("many owners at once")
def test_one_of_many_that_ask_at_once_gets_it(deployment: Deployment) -> None:
    """Sixteen ask for each of twenty names at the same time; each has one owner."""
    environ = deployment.environment("DispatcherFunction")
    api = connect(DYNAMODB, environ, credential_source(environ))
    names = [f"event#{uuid4()}" for _ in range(20)]
    with ThreadPoolExecutor(16) as askers, ThreadPoolExecutor(16) as pool:
        claims = DynamoClaims(api, environ["LEDGER_TABLE"], pool, 86_400)
        asked = askers.map(
            lambda owner: claims.take([Claim(name, f"t-0:{owner}") for name in names], NOW, FOREVER), range(16)
        )
        won = [sum(verdict is ClaimResult.OURS for verdict in verdicts) for verdicts in zip(*asked, strict=True)]
    assert won == [1] * len(names)


def test_many_claims_of_an_item_keep_their_owners(claims: Claims) -> None:
    """Whatever characters the hashes of 300 events come to, each claim is its owner's, and freed alone."""
    item = f"events#r#{uuid4()}#0"
    mine = [Claim(f"event#r#{number}", f"t-0:{number}", item) for number in range(300)]
    theirs = [claim._replace(owner="t-1:1") for claim in mine]
    for _ in range(2):
        assert claims.take(mine, NOW, FOREVER) == [ClaimResult.OURS] * 300
    assert claims.take(theirs, NOW, FOREVER) == [ClaimResult.TAKEN] * 300
    claims.free(mine[::2])
    assert claims.take(theirs, NOW, FOREVER) == [ClaimResult.OURS, ClaimResult.TAKEN] * 150
