"""From params.yaml to checked params."""

from operator import itemgetter
from pathlib import Path
from typing import cast

from splitlib.errors import ParamsError
from splitlib.params.document import line_of, read_yaml
from splitlib.params.keys import Params
from splitlib.params.section import section


def load_params(path: str | Path = "params.yaml") -> Params:
    """Read params from a YAML file; a key that is left out has its default.

    Args:
        path: The file, from the current folder.

    Raises:
        ParamsError: The file is missing or is no YAML, or there are unknown keys, keys that are
            there twice, or wrong values. The message has a line for each problem, in the order of
            the file: ``params.yaml:12: split.gruops: unknown key; did you mean 'groups'?``
    """
    document, problems = read_yaml(path)
    params = section(Params).parse(document, (), problems)
    if problems:
        placed = [(line_of(document, problem.path) or 1, problem) for problem in problems]
        placed.sort(key=itemgetter(0))
        raise ParamsError("\n".join(f"{path}:{line}: {problem}" for line, problem in placed))
    return cast("Params", params)
