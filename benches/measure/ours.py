"""Our host as it takes part: with guests of several languages, on any broker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .loads import ECHO, FAN_OUT, HANDLERS, HEADERS, KIB, MIB, REPLY, TRANSFORM, Load
from .places import guest

INSTANCES = 128
"""While a stream confirms what one has sent, the others go on."""
INSTANCES_PYTHON = 16
"""Each of them works on hundreds of kilobytes, which are best in the processor's cache."""
GUESTS = {
    ECHO: "copy",
    HEADERS: "bench",
    TRANSFORM: "transform",
    FAN_OUT: "fan-out",
    REPLY: "reply",
}
"""Handler → folder in ``guests/``."""
KEPT = 16 * MIB
"""Bytes of bodies that a Python instance may keep before it is replaced (``guests/README.md``)."""
WITHOUT_JSON = (ECHO, HEADERS, FAN_OUT, REPLY)
"""The handlers in C: without a library it has nothing that reads JSON."""

C, C_FRESH, RUST, QUICKJS, PYTHON = (
    "ours, C",
    "ours, C, fresh",
    "ours, Rust",
    "ours, QuickJS",
    "ours, Python",
)


@dataclass(frozen=True, slots=True)
class Ours:
    """Our host with guests of one language.

    Attributes:
        variant: of the guests.
        isolation: as in the configuration of a component.
        handlers: that there are in this language.
    """

    variant: str
    isolation: str = "instance"
    handlers: tuple[str, ...] = HANDLERS

    def configuration(self, client: dict[str, Any], load: Load) -> dict[str, Any]:
        """One component, one client, one subscription. What is not said is as users have it."""
        more: dict[str, Any] = {}
        if self.variant == "python" and load.size > KIB:
            more["max_messages_per_instance"] = KEPT // load.size
        return {
            "clients": {"default": client},
            "components": {
                "bench": {
                    "path": str(guest(f"{GUESTS[load.handler]}/{self.variant}")),
                    "instances": INSTANCES_PYTHON if self.variant == "python" else INSTANCES,
                    "isolation": self.isolation,
                    "subscriptions": [{"topic": "in", "max_in_flight": 256}],
                    "permissions": {"default": {"send": ["out"]}},
                    **more,
                }
            },
        }


OURS = {
    C: Ours("c", handlers=WITHOUT_JSON),
    C_FRESH: Ours("c", isolation="message", handlers=WITHOUT_JSON),
    RUST: Ours("rust"),
    QUICKJS: Ours("typescript"),
    PYTHON: Ours("python"),
}
