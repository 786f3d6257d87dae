"""The NATS dialect of topics: tokens between dots, in patterns ``*`` for one, ``>`` for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import MessageRejectedError


def matches(pattern: str, topic: str) -> bool:
    """Whether ``topic`` is one of ``pattern``'s; both must be valid."""
    if pattern == topic or pattern == ">":
        return True
    wanted, tokens = pattern.split("."), topic.split(".")
    if wanted[-1] == ">":
        if len(tokens) < len(wanted):
            return False
        wanted.pop()
    elif len(tokens) != len(wanted):
        return False
    return all(want in ("*", token) for want, token in zip(wanted, tokens, strict=False))


Tree = dict[str, "Tree | None"]
"""Patterns by their tokens; the token ``""``, which none has, ends one."""


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """:func:`matches` for many patterns; its cost depends on the topic, not on their count."""
    tree: Tree = {}
    for pattern in patterns:
        branch = tree
        for token in pattern.split("."):
            branch = branch.setdefault(token, {})  # type: ignore[assignment]
        branch[""] = None
    return lambda topic: _leads(tree, topic.split("."), 0)


def _leads(tree: Tree, tokens: list[str], index: int) -> bool:
    if index == len(tokens):
        return "" in tree
    if ">" in tree:
        return True
    for token in (tokens[index], "*"):
        branch = tree.get(token)
        if branch is not None and _leads(branch, tokens, index + 1):
            return True
    return False


def validate_topic(topic: str) -> None:
    """Raise :class:`MessageRejectedError` unless a message can be published to ``topic``."""
    for token in _tokens("topic", topic):
        if token in ("*", ">"):
            raise MessageRejectedError(f"topic {topic!r}: a wildcard cannot be published to")


def validate_pattern(pattern: str) -> None:
    """Raise :class:`MessageRejectedError` unless ``pattern`` can be subscribed to."""
    tokens = _tokens("pattern", pattern)
    if ">" in tokens[:-1]:
        raise MessageRejectedError(f"pattern {pattern!r}: '>' may only stand at the end")


def _tokens(what: str, text: str) -> list[str]:
    if not text:
        raise MessageRejectedError(f"an empty {what}")
    if any(char.isspace() or not char.isprintable() for char in text):
        raise MessageRejectedError(
            f"{what} {text!r}: white space and control characters are not allowed"
        )
    tokens = text.split(".")
    if "" in tokens:
        raise MessageRejectedError(f"{what} {text!r}: an empty token; dots separate non-empty ones")
    return tokens
