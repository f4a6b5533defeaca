"""Edits of YAML as text: what is added stands where it should, and the rest stays to the byte."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from splitlib.errors import LayingError
from splitlib.laying.yaml_places import item_text, with_item_replaced, with_items

ITEM = "new:\n  cmd: x\n"
ADDED = "\n  new:\n    cmd: x\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "stages:\n  new:\n    cmd: x\n"),
        ("# mine\n", "# mine\nstages:\n  new:\n    cmd: x\n"),
        ("vars: [a]", "vars: [a]\n\nstages:\n  new:\n    cmd: x\n"),
        ("stages:\nvars: [a]\n", "stages:\n  new:\n    cmd: x\nvars: [a]\n"),
        ("stages:\n  a:\n    cmd: y", "stages:\n  a:\n    cmd: y\n\n  new:\n    cmd: x\n"),
        (
            "stages:\n    a: {cmd: y}\n    # of a\n# of vars\nvars: [a]\n",
            "stages:\n    a: {cmd: y}\n    # of a\n"
            "\n    new:\n      cmd: x\n# of vars\nvars: [a]\n",
        ),
        (
            "stages:\n  a:\n    cmd: |\n      one\n      two\n\n\nplots: []\n",
            f"stages:\n  a:\n    cmd: |\n      one\n      two\n{ADDED}\n\nplots: []\n",
        ),
        (
            "stages:\n  a:\n    deps:\n    - y\n    cmd: >-\n      z\n",
            "stages:\n  a:\n    deps:\n    - y\n    cmd: >-\n      z\n\n  new:\n    cmd: x\n",
        ),
        (
            "stages:\n  a:\n    outs: [b,\n      c]\n  d:\n    cmd:\nplots:\n- e\n",
            f"stages:\n  a:\n    outs: [b,\n      c]\n  d:\n    cmd:\n{ADDED}plots:\n- e\n",
        ),
    ],
)
def test_an_item_is_added_at_the_end_of_its_section(text: str, expected: str) -> None:
    assert with_items(text, "stages", [ITEM], "dvc.yaml") == expected


def test_items_of_a_list_are_indented_as_its_own_are() -> None:
    text = "plots:\n- a:\n    x: b\n# end\n"
    assert with_items(text, "plots", ["- c\n"], "dvc.yaml") == (
        "plots:\n- a:\n    x: b\n\n- c\n# end\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stages: {a: {cmd: x}}\n", "dvc.yaml:1: stages is written within braces"),
        ("{stages: {}}\n", "dvc.yaml:1: the top is written within braces"),
        ("- a\n", "dvc.yaml: expected a mapping"),
        ("a: [\n", "dvc.yaml: expected YAML, got an error"),
    ],
)
def test_what_cannot_be_added_to_is_refused(text: str, message: str) -> None:
    with pytest.raises(LayingError) as caught:
        with_items(text, "stages", [ITEM], "dvc.yaml")
    assert str(caught.value).startswith(message)


def test_one_item_is_replaced_and_its_neighbours_stay() -> None:
    text = "stages:\n    a:\n        cmd: 1\n    # of b\n    b:\n        cmd: 2\n        # in b\n"
    assert item_text(text, "stages", "a", "") == "a:\n    cmd: 1\n"
    found = with_item_replaced(text, "stages", "a", ITEM, "dvc.yaml")
    assert (
        found
        == "stages:\n    new:\n      cmd: x\n    # of b\n    b:\n        cmd: 2\n        # in b\n"
    )


NAMES = st.text("abc", min_size=1, max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab:# -\n", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(
    before=st.dictionaries(NAMES, VALUES, max_size=3),
    stages=st.dictionaries(NAMES, VALUES, min_size=1, max_size=3),
    after=st.dictionaries(NAMES, VALUES, max_size=3),
    indent=st.integers(2, 5),
)
def test_whatever_there_is_stays_what_it_is(
    before: dict[str, object], stages: dict[str, object], after: dict[str, object], indent: int
) -> None:
    value = {**{f"1{k}": v for k, v in before.items()}, "stages": stages}
    value |= {f"2{k}": v for k, v in after.items()}
    text = yaml.safe_dump(value, sort_keys=False, indent=indent, default_flow_style=False)
    found = yaml.safe_load(with_items(text, "stages", [ITEM], "dvc.yaml"))
    assert found == {**value, "stages": {**stages, "new": {"cmd": "x"}}}
    name = next(iter(stages))
    replaced = yaml.safe_load(with_item_replaced(text, "stages", name, ITEM, "dvc.yaml"))
    assert replaced["stages"] == {
        "new": {"cmd": "x"},
        **{k: v for k, v in stages.items() if k != name},
    }
