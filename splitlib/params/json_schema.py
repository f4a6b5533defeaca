"""The JSON Schema of sections: what editors check, and what messages are made of."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from splitlib.params.wording import Schema


def schema_of(section: type) -> Schema:
    """The JSON Schema of a section, draft 7, without references."""
    schema = TypeAdapter(section).json_schema(schema_generator=_Titles)
    whole: Schema = _inlined(schema, schema.pop("$defs", {}))
    return whole


class _Titles(GenerateJsonSchema):
    """Titles are those of kinds: none for a key, which would say no more than its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - as the base
        """No key has a title."""
        return False

    def dict_schema(self, schema: Any) -> Schema:  # noqa: ANN401 - as the base
        """The values of a mapping keep the title of their kind."""
        values = self.generate_inner(schema["values_schema"])
        return {**super().dict_schema(schema), "additionalProperties": values}


def _inlined(schema: Any, definitions: Schema) -> Any:  # noqa: ANN401 - any JSON
    """The schema with what it refers to in place: draft 7 ignores a description beside `$ref`."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    merged = {**definitions.get(schema.get("$ref", "").split("/")[-1], {}), **schema}
    merged.pop("$ref", None)
    if items := merged.pop("prefixItems", None):  # newer than draft 7; all of one kind here
        merged["items"] = items[0]
    return {name: _inlined(value, definitions) for name, value in merged.items()}
