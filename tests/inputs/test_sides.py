"""Nodes that are two sides of an animal by their names, and no symmetry joins them."""

import pytest
from places import ROOT
from real_files import shared_path

from splitlib.inputs.sides import unpaired_sides
from splitlib.labels import Labels

PAIRS = [
    ("left_eye", "right_eye"),
    ("EarLeft", "EarRight"),
    ("LEFT HIP", "RIGHT HIP"),
    ("wingL", "wingR"),
    ("forelegL1", "forelegR1"),
    ("L_eye", "R_eye"),
    ("paw.l", "paw.r"),
    ("lPaw", "rPaw"),
    ("L1", "R1"),
    ("hind-left-2", "hind-right-2"),
]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_sides_are_told_by_words_and_letters(left: str, right: str) -> None:
    assert unpaired_sides(["tail", right, left], []) == [(left, right)]
    assert unpaired_sides(["tail", right, left], [(1, 2)]) == []
    assert unpaired_sides(["tail", left], []) == []


def test_other_names_are_no_sides() -> None:
    nodes = ["tail", "tair", "abdomenL", "HEAD", "ear", "leftover", "Lip", "Rip", "pupil", "pupir"]
    assert unpaired_sides(nodes, []) == []


def test_several_pairs_are_listed_once_in_the_order_of_the_nodes() -> None:
    nodes = ["wingR", "wingL", "left ear", "right ear", "legL", "legR"]
    expected = [("wingL", "wingR"), ("left ear", "right ear")]
    assert unpaired_sides(nodes, [(4, 5)]) == expected


def test_skeletons_of_the_demo_and_of_real_labels() -> None:
    demo = Labels.load(ROOT / "data" / "demo.slp").skeletons[0]
    assert unpaired_sides(demo.nodes, demo.symmetries) == []
    assert len(unpaired_sides(demo.nodes, [])) == len(demo.symmetries) > 0
    clip = Labels.load(shared_path("data/talmolab+sleap/tests/data/tracks/clip.slp")).skeletons[0]
    assert clip.symmetries == ()
    assert ("wingL", "wingR") in unpaired_sides(clip.nodes, clip.symmetries)
