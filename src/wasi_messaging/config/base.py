"""What all tables of a configuration are made from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo
from pydantic_core import PydanticKnownError


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


Count = Annotated[int, BeforeValidator(_no_bool)]
"""A whole number; ``true`` is none."""


def _from_folder(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    path = path.expanduser()
    return path if folder is None else Path(folder, path)


FolderPath = Annotated[Path, AfterValidator(_from_folder)]
"""A path that starts at the folder of the configuration."""


class Table(BaseModel):
    """A table of the file: no unknown keys, never changed, its values never in an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=False
    )
