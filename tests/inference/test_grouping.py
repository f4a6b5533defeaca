"""Peaks joined to animals: maps and fields of drawn animals give the same animals back."""

import time
from itertools import permutations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.inference.grouping import FoundInstances, join_peaks
from splitlib.inference.grouping.animals import MOST_PEAKS
from splitlib.inference.grouping.best_pairs import assignment, best_pairs
from splitlib.inference.grouping.edge_scores import Pairs, line_scores
from splitlib.inputs.transforms.confidence_maps import make_multi_confidence_maps
from splitlib.inputs.transforms.part_affinity_fields import make_part_affinity_fields
from splitlib.models.peaks import find_scored_peaks

SIDE, N_NODES, STRIDE = 128, 5, 4
EDGES = ((1, 0), (1, 2), (2, 3), (2, 4))
BODY = np.array([[0, -12], [0, 0], [0, 12], [-9, 20], [9, 20]], np.float32)
"""An animal that looks up."""

RING = ((0, 1), (1, 2), (2, 0))


def turned(angle: float) -> NDArray[np.float32]:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(BODY @ np.array([[cos, sin], [-sin, cos]]), np.float32)


def fields_of(
    animals: NDArray[np.float32], edges: tuple[tuple[int, int], ...] = EDGES
) -> tf.Tensor:
    return make_part_affinity_fields(
        tf.constant(animals, tf.float32),
        edges=edges,
        image_size=SIDE,
        output_stride=STRIDE,
        sigma=15.0,
    )


def joined(*images: NDArray[np.float32], min_nodes: int = 1) -> FoundInstances:
    """What is found in images of drawn animals, (n, n_nodes, 2) each, from their maps alone."""
    maps, fields = [], []
    for animals in images:
        maps.append(
            make_multi_confidence_maps(
                tf.constant(animals, tf.float32), image_size=SIDE, output_stride=2, sigma=2.5
            )
        )
        fields.append(fields_of(animals).numpy())
    peaks, where, scores = find_scored_peaks(tf.stack(maps), output_stride=2)
    return join_peaks(
        peaks.numpy(),
        scores.numpy(),
        where.numpy(),
        np.stack(fields),
        edges=EDGES,
        output_stride_of_fields=STRIDE,
        n_nodes=N_NODES,
        min_nodes=min_nodes,
    )


def assert_same(found: NDArray[np.floating], drawn: NDArray[np.floating]) -> None:
    assert len(found) == len(drawn)
    left = list(range(len(found)))
    for animal in drawn:
        distances = [np.nan_to_num(abs(found[at] - animal), nan=0).max() for at in left]
        same_nodes = [np.array_equal(np.isnan(found[at]), np.isnan(animal)) for at in left]
        best = int(np.argmin(np.where(same_nodes, distances, np.inf)))
        assert same_nodes[best]
        assert distances[best] < 0.1
        left.pop(best)


@st.composite
def animals_apart(draw: st.DrawFn) -> NDArray[np.float32]:
    """Animals in cells of a grid, turned in any way; a leaf may be missing."""
    cells = draw(st.lists(st.sampled_from(list(np.ndindex(2, 2))), unique=True, max_size=4))
    animals = np.zeros((len(cells), N_NODES, 2), np.float32)
    for at, (row, column) in enumerate(cells):
        middle = np.array([32 + 64 * column, 32 + 64 * row])
        animals[at] = turned(draw(st.floats(0, 2 * np.pi))) + middle
        animals[at, draw(st.sampled_from([[], [0], [3], [4], [0, 4]]))] = np.nan
    return animals


@given(st.lists(animals_apart(), min_size=1, max_size=3))
def test_animals_apart_come_back(images: list[NDArray[np.float32]]) -> None:
    found = joined(*images)
    for at, drawn in enumerate(images):
        assert_same(found.points[found.image == at], drawn)
    assert (np.diff(found.image) >= 0).all()


@pytest.mark.parametrize("angle", [1.3, np.pi / 2, 2.2, 4.2, 5.0])
def test_animals_that_cross_come_back(angle: float) -> None:
    """One lies over the other: the edges in the middle cross in their middles.

    Edges are several times as long as fields are wide. Where they are not, the sum of two fields
    points between the two.
    """
    one, other = (2.5 * (turned(a) - turned(a)[1:3].mean(axis=0)) + 64 for a in (0, angle))
    animals = np.stack([one, other])
    assert_same(joined(animals).points, animals)


def test_an_animal_whose_middle_is_hidden_falls_apart() -> None:
    animal = turned(0)[None] + 60
    animal[0, 1] = np.nan
    found = joined(animal)
    assert sorted(found.n_found.tolist()) == [1, 3]
    assert joined(animal, min_nodes=2).n_found.tolist() == [3]


def test_scores_are_the_values_of_the_maps() -> None:
    animals = (np.array([[0, 0]], np.float32) + turned(0))[None].round() + 60
    animals[0, 4] = np.nan
    found = joined(animals)
    np.testing.assert_allclose(found.point_scores[0, :4], 1, atol=0.15)
    assert found.point_scores[0, 4] == 0
    assert found.score.tolist() == [found.point_scores[0].mean()]


def test_nothing_gives_nothing() -> None:
    nothing = np.zeros((0, N_NODES, 2), np.float32)
    found = joined(nothing, nothing)
    assert found.points.shape == (0, N_NODES, 2)
    assert found.image.dtype == np.int64


def test_a_frame_says_nothing_about_another() -> None:
    animals = turned(0.4)[None] + 60
    together = joined(animals, np.zeros((0, N_NODES, 2), np.float32), animals)
    alone = joined(animals)
    assert together.image.tolist() == [0, 2]
    np.testing.assert_array_equal(together.points, np.concatenate([alone.points] * 2))


def test_the_best_come_first_and_no_more_than_asked() -> None:
    points = np.zeros((4, 2, 2))
    points[3, 1] = np.nan
    scores = np.array([[0.5, 0.5], [0.9, 0.9], [0.7, 0.7], [0.9, 0]])
    found = FoundInstances(np.array([0, 0, 1, 1]), points, scores)
    assert found.best(min_nodes=1).point_scores[:, 0].tolist() == [0.9, 0.5, 0.7, 0.9]
    assert found.best(min_nodes=2, most=1).point_scores[:, 0].tolist() == [0.9, 0.7]


def test_a_skeleton_with_a_ring_gives_no_animal_two_peaks_of_a_node() -> None:
    """Each edge joins one to one, and yet two triangles hang together: 0-1, 1-2', 2'-0'."""
    peaks = np.array([[20, 20], [40, 20], [30, 40], [80, 20], [100, 20], [90, 40]], np.float32)
    where = np.array([[0, 0], [0, 1], [0, 2], [0, 0], [0, 1], [0, 2]])
    fields = fields_of(peaks.reshape(2, 3, 2), RING).numpy()
    # the field of the second edge is that of swapped ends
    swapped = peaks[[0, 1, 5, 3, 4, 2]].reshape(2, 3, 2)
    fields[..., 2:4] = fields_of(swapped, RING).numpy()[..., 2:4] * 0.9
    found = join_peaks(
        peaks,
        np.ones(6),
        where,
        fields[None],
        edges=RING,
        output_stride_of_fields=STRIDE,
        n_nodes=3,
        min_nodes=1,
    )
    assert found.n_found.sum() == 6
    assert sorted(found.n_found.tolist()) == [3, 3]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
@given(data=st.data())
def test_the_assignment_is_the_best_of_all(n: int, data: st.DataObject) -> None:
    columns = data.draw(st.integers(n, 5))
    score = st.sampled_from([0.0, 0.0, 0.25, 0.5, 0.75, 1.0]) | st.floats(0, 1)
    matrix = data.draw(
        st.lists(st.lists(score, min_size=columns, max_size=columns), min_size=n, max_size=n)
    )
    found = assignment(matrix)
    assert len(set(found)) == n
    best = max(
        sum(row[at] for row, at in zip(matrix, order, strict=True))
        for order in permutations(range(columns), n)
    )
    assert sum(row[at] for row, at in zip(matrix, found, strict=True)) == pytest.approx(best)


@given(data=st.data())
def test_pairs_of_an_edge_are_the_best_of_all(data: st.DataObject) -> None:
    """Whatever pairs are missing: a peak takes part once, and the sum is the highest."""
    n = 4
    possible = [(a, b) for a in range(n) for b in range(n, 2 * n)]
    chosen = data.draw(st.lists(st.sampled_from(possible), unique=True))
    scores = data.draw(st.lists(st.floats(0.25, 1), min_size=len(chosen), max_size=len(chosen)))
    source, target = np.array(chosen, np.int64).reshape(-1, 2).T
    pairs = Pairs(np.zeros(len(chosen), np.int64), source, target, np.array(scores))
    best = best_pairs(pairs, 2 * n)
    assert len(set(best.source.tolist())) == len(set(best.target.tolist())) == len(best)
    known = dict(zip(chosen, scores, strict=True))
    most = max(
        sum(known.get((a, b), 0) for a, b in enumerate(order))
        for order in permutations(range(n, 2 * n))
    )
    assert best.score.sum() == pytest.approx(most)


def test_a_line_along_an_edge_scores_one_and_one_across_it_zero() -> None:
    fields = fields_of(np.stack([turned(0) + 60]))[None].numpy()
    begins = np.array([[60, 60], [60, 72], [52, 66], [60, 60]], np.float32)
    ends = np.array([[60, 72], [60, 60], [68, 66], [60, 60]], np.float32)
    edge = np.full(4, 1)
    scores = line_scores(begins, ends, fields, np.zeros(4, int), edge, STRIDE, 64)
    np.testing.assert_allclose(scores, [1, -1, 0, 0], atol=0.02)


def test_a_pair_that_is_too_far_apart_loses_score() -> None:
    fields = np.zeros((1, 32, 32, 2), np.float32)
    fields[..., 0] = 1
    begins, ends = np.zeros((2, 2)), np.array([[60, 0], [120, 0]])
    scores = line_scores(begins, ends, fields, np.zeros(2, int), np.zeros(2, int), STRIDE, 60)
    np.testing.assert_allclose(scores, [1, 0.5])


def test_peaks_without_end_are_cut_to_the_highest() -> None:
    n = 3 * MOST_PEAKS
    rng = np.random.default_rng(0)
    where = np.stack([np.zeros(2 * n, int), np.repeat([0, 1], n)], axis=1)
    found = join_peaks(
        rng.uniform(0, 100, (2 * n, 2)),
        rng.uniform(0.2, 1, 2 * n),
        where,
        np.zeros((1, 32, 32, 2)),
        edges=((0, 1),),
        output_stride_of_fields=4,
        n_nodes=2,
        min_nodes=1,
    )
    assert len(found) == 2 * MOST_PEAKS
    assert found.point_scores.max(axis=1).min() > 0.7


def test_twenty_animals_take_milliseconds() -> None:
    """Thirteen nodes in a star, all pairs of peaks looked at; some 20 ms on a busy machine."""
    rng = np.random.default_rng(0)
    middles = np.stack(np.meshgrid(np.arange(5), np.arange(4)), -1).reshape(-1, 1, 2) * 80 + 40
    animals = (middles + rng.uniform(-25, 25, (20, 13, 2))).astype(np.float32)
    edges = tuple((0, at) for at in range(1, 13))
    fields = make_part_affinity_fields(
        tf.constant(animals, tf.float32), edges=edges, image_size=400, output_stride=4, sigma=15.0
    ).numpy()[None]
    where = np.stack([np.zeros(260, int), np.tile(np.arange(13), 20)], axis=1)
    best = np.inf
    for _ in range(5):
        begin = time.perf_counter()
        found = join_peaks(
            animals.reshape(-1, 2),
            np.ones(260),
            where,
            fields,
            edges=edges,
            output_stride_of_fields=4,
            n_nodes=13,
        )
        best = min(best, time.perf_counter() - begin)
    assert_same(found.points, animals)
    print(f"{best * 1000:.1f} ms")
    assert best < 0.1


@given(st.integers(0, 2**32 - 1), st.sampled_from([EDGES, RING, ((0, 1), (1, 0), (3, 3))]))
def test_whatever_fields_say_each_peak_is_in_one_animal(
    seed: int, edges: tuple[tuple[int, int], ...]
) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 40))
    peaks = rng.uniform(-5, SIDE + 5, (n, 2))
    where = np.stack([rng.integers(0, 3, n), rng.integers(0, N_NODES, n)], axis=1)
    found = join_peaks(
        peaks,
        rng.uniform(0.2, 1, n),
        where,
        rng.uniform(-1, 1, (3, 32, 32, 2 * len(edges))),
        edges=edges,
        output_stride_of_fields=STRIDE,
        n_nodes=N_NODES,
        min_nodes=1,
        min_join=0.01,
    )
    assert found.n_found.sum() == n
    is_found = ~np.isnan(found.points[..., 0])
    animal, node = np.nonzero(is_found)
    back = sorted(zip(found.image[animal], node, *found.points[is_found].T, strict=True))
    assert back == sorted(zip(*where.T, *peaks.T, strict=True))
    assert (found.point_scores[is_found] > 0).all()
    assert (found.point_scores[~is_found] == 0).all()
