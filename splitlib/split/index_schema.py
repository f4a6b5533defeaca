"""docs/index.schema.json: the JSON Schema of the index of a split.

``python -m splitlib.split.index_schema`` writes it into the folder docs.
"""

from inspect import getdoc
from typing import Any

from pydantic import TypeAdapter

from splitlib.jsonfile import write_json
from splitlib.split.index import ENCODING_TYPE, ENCODING_VERSION, IndexFile, SourceId


def index_schema() -> dict[str, Any]:
    """The JSON Schema of an index, version 2."""
    schema = TypeAdapter(IndexFile).json_schema()
    # pydantic before 2.13 leaves out what a dataclass without checks says of itself
    schema["$defs"]["SourceId"].setdefault("description", getdoc(SourceId))
    encoding = {"encoding-type": ENCODING_TYPE, "encoding-version": ENCODING_VERSION}
    schema["properties"] |= {name: {"const": value} for name, value in encoding.items()}
    schema["required"] = sorted([*schema["required"], *encoding])
    return {**schema, "title": "Index of a split"}


def main() -> None:
    """Write docs/index.schema.json."""
    write_json("docs/index.schema.json", index_schema())


if __name__ == "__main__":
    main()
