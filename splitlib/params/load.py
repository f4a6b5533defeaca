"""From params.yaml to checked params."""

from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path

from splitlib.errors import ParamsError
from splitlib.params.document import line_of, read_yaml
from splitlib.params.keys_and_defaults import Params
from splitlib.params.section import AnySection, parsed


def load_params(path: str | Path = "params.yaml") -> Params:
    """Read params from a YAML file; a key that is left out has its default.

    Raises:
        ParamsError: The file is missing or is no YAML, or there are unknown keys, keys that are
            there twice, or wrong values. The message has a line for each problem, in the order of
            the file: ``params.yaml:12: split.gruops: unknown key; did you mean 'groups'?``
    """
    document, doubled = read_yaml(path)
    params, problems = parsed(Params, document)
    if params is None or doubled:
        found = [(line_of(document, one.path) or 1, one) for one in (*doubled, *problems)]
        found.sort(key=itemgetter(0))
        raise ParamsError("\n".join(f"{path}:{line}: {problem}" for line, problem in found))
    return params


def checked_section(cls: type[AnySection], values: Mapping[str, object], name: str) -> AnySection:
    """A section from values as they would stand in params.yaml; missing keys have their defaults.

    Messages call the section by the name.

    Raises:
        ParamsError: A value is wrong; the message has a line for each that is.

    Example:
        >>> from splitlib.params import TrainParams
        >>> checked_section(TrainParams, {"epochs": 3}, "train").epochs
        3
    """
    section, problems = parsed(cls, values)
    if section is None:
        raise ParamsError("\n".join(str(problem.below(name)) for problem in problems))
    return section
