"""Which head fits the labels or the key maps of the params, and its lines of params.yaml."""

from collections.abc import Mapping

from splitlib.inputs.heads import HEAD_KEYS
from splitlib.inputs.input_fn import SplitInputs
from splitlib.params import Head, Params

OUTPUTS = ("confmaps", "pafs")
"""The outputs of our network, in the order of `HeadKeys.targets`."""

FOR_SEVERAL: tuple[Head, ...] = ("centered_instance", "multi_instance")
"""Heads with a part that tells animals apart, which one animal does not need."""


def key_map_lines(head: Head) -> list[str]:
    r"""The key maps of a head and of our network, as they stand in params.yaml.

    Example:
        >>> print(*key_map_lines("single_instance"), sep="\n")
            - {image: image}
            - {confidence_maps: confmaps}
    """
    keys = HEAD_KEYS[head]
    targets = ", ".join(f"{key}: {name}" for key, name in zip(keys.targets, OUTPUTS, strict=False))
    return [f"    - {{{keys.image}: image}}", f"    - {{{targets}}}"]


def head_of_key_maps(params: Params) -> Head | None:
    """The head whose keys the key maps of the params name, if it is another than theirs.

    None stands for key maps of the params' head, and for those that are of no head.
    """
    named = {key for key_map in params.inputs.key_maps for key in key_map}
    heads = [head for head, keys in HEAD_KEYS.items() if named == {keys.image, *keys.targets}]
    return next((head for head in heads if head != params.model.head), None)


def other_head(params: Params) -> str:
    """A line that says whose key maps stand in the params, or "" if they are not another head's."""
    found = head_of_key_maps(params)
    if found is None:
        return ""
    return (
        f"These are the key maps of model.head: {found}; set that head, or paste the key maps of"
        f" {params.model.head}."
    )


def single_animal_hint(splits: Mapping[str, SplitInputs]) -> str:
    """The head that suits labels of one animal in each frame, with the lines to paste; else ""."""
    sources = [inputs.source for inputs in splits.values()]
    params = next(iter(splits.values())).params
    most = max(int(source.n_instances.max(initial=0)) for source in sources)
    if most != 1 or params.model.head not in FOR_SEVERAL:
        return ""
    lines = ["model:", "  head: single_instance", "inputs:", "  key_maps:"]
    return "\n".join(
        [
            "each frame has one animal: model.head: single_instance would find it in whole"
            f" pictures, without the detour of {params.model.head}. For it, set in params.yaml:",
            *lines,
            *key_map_lines("single_instance"),
        ]
    )
