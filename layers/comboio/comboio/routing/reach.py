"""Whether any message can be as a route asks, by the contracts of the topics that it takes."""

from collections.abc import Mapping

from comboio.message.contract import MessageContract
from comboio.message.field_path import Place
from comboio.routing.route import Route


def check_reach(route: Route, contracts: Mapping[str, MessageContract | None], *, all_of_them: bool = False) -> None:
    """Check a route against contracts by topic; None is the fleet's own. `all_of_them`: it takes any topic.

    Raises:
        ValueError: it asks for what the messages of one of its topics do not have; where it takes all, for what none
            has.
    """
    blind = [topic for topic, contract in contracts.items() if _asks_in_vain(route, contract)]
    if blind and (not all_of_them or len(blind) == len(contracts)):
        contract = contracts[blind[0]]
        raise ValueError(f"route {route.name}: {_asks_in_vain(route, contract).format(topic=blind[0])}")


def _asks_in_vain(route: Route, contract: MessageContract | None) -> str:
    """Return what a route asks that no message of a topic has; empty where it may have it all."""
    if route.condition is not None and route.condition.looks_inside and contract and not contract.looks_inside:
        return (
            "`when` asks for the payload, and the messages of {topic} are raw. Ask for the key or a header, or give "
            "the topic another format"
        )
    if not route.codigos:
        return ""
    if contract is not None and contract.code is None:
        return "it has `codigos`, and the contract of {topic} has no `code`. Say where the code stands"
    if route.value == "tombstone" and (contract is None or contract.code is None or contract.code.place is Place.VALUE):
        return (
            "it has `codigos`, and a tombstone of {topic} has no payload to read the code from. Leave them out, or "
            "say that the code is a header or the key"
        )
    return ""
