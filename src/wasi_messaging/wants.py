"""What a component's imports can only use with a grant in the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .config import ComponentConfig

__all__ = ["Want", "not_granted", "wanted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """Something that a component may ask for.

    Attributes:
        key: of ``[components.NAME]``, which grants it.
        prefixes: of the imports that ask for it.
        example: the key with a value, as one would write it.
        needed: a component that imports it does not run without the grant; else it runs and is
            refused when it asks.
    """

    key: str
    prefixes: tuple[str, ...]
    example: str
    needed: bool = False

    def __str__(self) -> str:
        return f"{self.key}: {self.example} in its table{'' if self.needed else ', if it uses it'}"


HTTP: Final = Want(
    key="http", prefixes=("wasi:http/",), example='http = ["api.example.org"]', needed=True
)
WANTS: Final = (
    HTTP,
    Want(
        key="sockets",
        prefixes=("wasi:sockets/",),
        example='sockets = ["db.example.org:5432"]',
    ),
    Want(
        key="files",
        prefixes=("wasi:filesystem/",),
        example='files = [{ path = "data", guest = "/data" }]',
    ),
    Want(
        key="config",
        prefixes=("wasi:config/",),
        example='config = { region = "eu" }',
    ),
    Want(
        key="env",
        prefixes=("wasi:cli/environment@",),
        example='env = { THRESHOLD = "4.5" }',
    ),
)
"""All there are, the needed one first."""


def wanted(imports: Iterable[str]) -> tuple[Want, ...]:
    """What a component with these imports may ask for."""
    names = tuple(imports)
    return tuple(want for want in WANTS if any(name.startswith(want.prefixes) for name in names))


def not_granted(wants: Iterable[Want], config: ComponentConfig) -> tuple[Want, ...]:
    """What of it a component's configuration does not grant; an empty ``http`` is a decision."""

    def is_granted(want: Want) -> bool:
        value = getattr(config, want.key)
        return value is not None if want is HTTP else bool(value)

    return tuple(want for want in wants if not is_granted(want))
