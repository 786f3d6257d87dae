"""The JSON Schema of ``messaging.toml``."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ..errors import ConfigError


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """A schema in which a client may be anything an installed broker accepts."""
    from ..brokers import broker_class, schemes

    schema = model.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    properties = schema["properties"]
    properties.pop("folder", None)
    definitions = schema.setdefault("$defs", {})
    definitions.pop("BrokerSettings", None)
    names = []
    for scheme in schemes():
        try:
            settings = broker_class(f"{scheme}:").settings_type.model_json_schema()
        except ConfigError:  # what that broker needs is not installed
            continue
        definitions |= settings.pop("$defs", {})
        definitions[settings["title"]] = settings
        names.append(settings["title"])
    references = [{"$ref": f"#/$defs/{name}"} for name in dict.fromkeys(names)]
    properties["clients"]["additionalProperties"] = {"anyOf": references}
    return schema
