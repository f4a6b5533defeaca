"""params.schema.json, which gives an editor completion and checks.

``python -m splitlib.params.write_schema`` writes it into the current folder.
"""

from typing import Any

from splitlib.jsonfile import write_json
from splitlib.params.json_schema import schema_of
from splitlib.params.keys_and_defaults import Params


def params_schema() -> dict[str, Any]:
    """The JSON Schema of params.yaml, draft 7.

    It holds what each key takes, and leaves a lab's own sections alone. What several keys must
    fulfil together is checked by `Params`.
    """
    return {
        **schema_of(Params),
        "$schema": "http://json-schema.org/draft-07/schema#",
        "additionalProperties": True,
        "title": "Params of splitlib",
    }


def main() -> None:
    """Write params.schema.json into the current folder."""
    write_json("params.schema.json", params_schema())


if __name__ == "__main__":
    main()
