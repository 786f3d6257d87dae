"""What all tables of a configuration are made from."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticKnownError


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


Count = Annotated[int, BeforeValidator(_no_bool)]
"""A whole number; ``true`` is none."""


class Table(BaseModel):
    """A table of the file: no unknown keys, never changed, its values never in an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=False
    )
