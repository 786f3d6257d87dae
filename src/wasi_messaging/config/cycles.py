"""Dead letters that would come back: a subscription must not feed itself, not even by others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..abc import Broker
from .delivery import SubscriptionConfig
from .lines import Location
from .models import ComponentConfig
from .problems import Problem, dotted


@dataclass(frozen=True, slots=True)
class _Node:
    at: Location
    subscription: SubscriptionConfig


def dead_letter_cycles(
    components: Mapping[str, ComponentConfig], brokers: Mapping[str, Broker]
) -> Iterator[Problem]:
    """A problem for each subscription whose dead letters lead back to it."""
    nodes = [
        _Node(("components", name, "subscriptions", index), subscription)
        for name, component in components.items()
        for index, subscription in enumerate(component.subscriptions)
    ]
    following = {
        node.at: [other for other in nodes if _feeds(node, other, brokers)] for node in nodes
    }
    for node in nodes:
        way = _way_back(node, following)
        if way:
            by = [dotted(other.at) for other in way if other.at != node.at]
            through = f" by way of {', '.join(by)}" if by else ""
            yield Problem(
                (*node.at, "dead_letter"),
                f"its dead letters would come back to this subscription{through}, for ever; "
                "send them to a topic that none of these subscribes to",
            )


def _feeds(node: _Node, other: _Node, brokers: Mapping[str, Broker]) -> bool:
    """Whether the dead letters of one subscription reach another."""
    target = node.subscription.dead_letter
    theirs = brokers.get(other.subscription.client)
    ours = brokers.get(node.subscription.dead_letter_client)
    if target is None or theirs is None or ours is None or not ours.is_same(theirs):
        return False
    return theirs.matches(other.subscription.topic, target.topic)


def _way_back(start: _Node, following: Mapping[Location, list[_Node]]) -> list[_Node]:
    """The subscriptions that letters go through until they are back; none if they never are."""
    ways = [[node] for node in following[start.at]]
    seen = {node.at for node in following[start.at]}
    while ways:
        way = ways.pop(0)
        if way[-1].at == start.at:
            return way
        for node in following[way[-1].at]:
            if node.at not in seen or node.at == start.at:
                seen.add(node.at)
                ways.append([*way, node])
    return []
