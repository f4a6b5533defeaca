"""Part affinity fields: against plain numpy, and against SLEAP's generator."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from slow import slow
from transform_examples import (
    SLEAP,
    Call,
    Floats,
    few,
    is_missing,
    parametrize_ways,
    point_sets,
    sleap_frame,
    with_unknown_sizes,
)

from splitlib.inputs.transforms.part_affinity_fields import (
    PartAffinityFields,
    make_part_affinity_fields,
)

Edges = tuple[tuple[int, int], ...]

SLEAP_EDGES: Edges = tuple((int(a), int(b)) for a, b in SLEAP["in/edge_inds"])


def plain_fields(
    instances: Floats, edges: Edges, height: int, width: int, stride: int, sigma: float
) -> Floats:
    """Cell by cell, edge by edge, instance by instance."""
    rows, columns = range(0, height, stride), range(0, width, stride)
    fields = np.zeros((len(rows), len(columns), 2 * len(edges)))
    for points in instances.astype(np.float64):
        for edge, (source, target) in enumerate(edges):
            begin, end = points[source], points[target]
            length = np.hypot(*(end - begin))
            if is_missing(begin) or is_missing(end) or length == 0:
                continue
            for row, y in enumerate(rows):
                for column, x in enumerate(columns):
                    weight = plain_weight(np.array([x, y]), begin, end, sigma)
                    fields[row, column, 2 * edge : 2 * edge + 2] += weight * (end - begin) / length
    return fields.astype(np.float32)


def plain_weight(at: Floats, begin: Floats, end: Floats, sigma: float) -> float:
    """exp(-d^4 / (2 sigma^2)), d the distance to the nearest place on the edge.

    SLEAP looks for the place as though an edge was a pixel long at least.
    """
    along = end - begin
    place = np.clip((at - begin) @ along / max(along @ along, 1.0), 0, 1)
    distance = np.hypot(*(at - begin - place * along))
    return float(np.exp(-(distance**4) / (2 * sigma**2)))


SIZES = st.sampled_from([(12, 16, 1), (16, 20, 2), (15, 9, 4), (3, 5, 8)])
EDGES = st.sampled_from([((0, 1), (1, 2)), ((2, 0),), ((0, 2), (2, 0), (1, 1))])


@parametrize_ways
@few
@given(point_sets(3), EDGES, SIZES, st.floats(1, 20))
def test_fields_equal_plain_numpy(
    call: Call, points: Floats, edges: Edges, size: tuple[int, int, int], sigma: float
) -> None:
    height, width, stride = size
    frame = {"image": np.zeros((height, width, 1), np.uint8), "instances": points}
    fields = call(PartAffinityFields(edges, stride, sigma), frame)["part_affinity_fields"]
    assert fields.dtype == np.float32
    expected = plain_fields(points, edges, height, width, stride, sigma)
    np.testing.assert_allclose(fields, expected, atol=1e-4)


# --- SLEAP ----------------------------------------------------------------------------------------

STORED = [slow("flatten-False", 1, 1.5), ("flatten-False", 2, 1.5), slow("flatten-False", 4, 1.5)]
STORED += [slow("sigma15", 2, 15.0), ("sigma15", 4, 15.0)]


@parametrize_ways
@pytest.mark.parametrize(("case", "stride", "sigma"), STORED)
def test_fields_equal_those_of_sleap(call: Call, case: str, stride: int, sigma: float) -> None:
    fields = call(PartAffinityFields(SLEAP_EDGES, stride, sigma), sleap_frame())
    expected = SLEAP[f"PartAffinityFieldsGenerator/{case}_stride{stride}/part_affinity_fields"]
    flat = expected.reshape(*expected.shape[:2], -1)
    np.testing.assert_allclose(fields["part_affinity_fields"], flat, atol=1e-5)


def test_channels_are_in_the_order_of_sleap() -> None:
    fields = PartAffinityFields(SLEAP_EDGES, 4, 1.5)(sleap_frame())["part_affinity_fields"]
    flat = SLEAP["PartAffinityFieldsGenerator/flatten-True_stride4/part_affinity_fields"]
    np.testing.assert_allclose(fields, flat, atol=1e-5)


def edge_case_fields(instances: Floats, stride: int) -> Floats:
    fields: Floats = make_part_affinity_fields(
        instances, edges=SLEAP_EDGES, image_size=(40, 56), output_stride=stride, sigma=15.0
    ).numpy()
    return fields


@pytest.mark.parametrize(("stride", "column"), [(2, 4), (4, 6)])
def test_instances_at_the_border_equal_those_that_sleap_draws(stride: int, column: int) -> None:
    takes_part = SLEAP["takes_part"][:, column].astype(bool)
    fields = edge_case_fields(SLEAP["in/edge_cases"][takes_part], stride)
    name = f"PartAffinityFieldsGenerator/edge_cases_sigma15_stride{stride}/part_affinity_fields"
    np.testing.assert_allclose(fields, SLEAP[name].reshape(fields.shape), atol=1e-5)


def test_instances_outside_of_the_image_are_drawn_and_sleap_leaves_them_out() -> None:
    drawn = edge_case_fields(SLEAP["in/edge_cases"], 4)
    takes_part = SLEAP["takes_part"][:, 6].astype(bool)
    left_out = edge_case_fields(SLEAP["in/edge_cases"][~takes_part], 4)
    assert abs(left_out).max() > 0.9
    name = "PartAffinityFieldsGenerator/edge_cases_sigma15_stride4/part_affinity_fields"
    np.testing.assert_allclose(drawn - left_out, SLEAP[name].reshape(drawn.shape), atol=1e-5)


# --- what a field promises ------------------------------------------------------------------------


def one_field(*points: tuple[float, float], sigma: float = 4.0) -> Floats:
    """The field of an edge from the first point to the second, 16 x 16."""
    instances = tf.constant([points], tf.float32)
    field: Floats = make_part_affinity_fields(
        instances, edges=[(0, 1)], image_size=16, output_stride=1, sigma=sigma
    ).numpy()
    return field


def test_on_an_edge_the_field_points_along_it() -> None:
    field = one_field((3, 4), (9, 12))
    np.testing.assert_allclose(field[8, 6], [0.6, 0.8], atol=1e-6)
    np.testing.assert_allclose(one_field((9, 12), (3, 4))[8, 6], [-0.6, -0.8], atol=1e-6)


def test_away_from_an_edge_the_field_ends() -> None:
    column = one_field((2, 8), (14, 8))[:, 8, 0]
    distance = abs(np.arange(16) - 8)
    np.testing.assert_allclose(column, np.exp(-(distance**4) / 32.0), atol=1e-6)


def test_behind_its_ends_an_edge_ends() -> None:
    row = one_field((5, 8), (10, 8))[8, :, 0]
    np.testing.assert_allclose(row[5:11], 1.0)
    assert row[0] < 1e-6
    assert row[15] < 1e-6


def test_an_edge_shorter_than_a_pixel_ends_early_as_in_sleap() -> None:
    points = (4.0, 8.0), (4.5, 8.0)
    field = one_field(*points, sigma=0.5)
    expected = plain_fields(np.array([points]), ((0, 1),), 16, 16, 1, 0.5)
    np.testing.assert_allclose(field, expected, atol=1e-5)
    at_5 = np.exp(-(0.75**4) / (2 * 0.5**2))  # half a pixel to the right is a quarter of the way
    assert field[8, 5, 0] == pytest.approx(at_5, abs=1e-5)


MISSING = (np.nan, np.nan)
NOTHING: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "no source": (MISSING, (9, 9)),
    "no target": ((3, 3), MISSING),
    "half a target": ((3, 3), (9, np.nan)),
    "neither": (MISSING, MISSING),
    "no length": ((5, 5), (5, 5)),
}


@pytest.mark.parametrize("points", NOTHING.values(), ids=NOTHING)
def test_an_edge_without_both_its_nodes_draws_nothing(
    points: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    assert not one_field(*points).any()


def test_where_instances_meet_their_vectors_are_added() -> None:
    crossing = SLEAP["in/instances"][:2]
    both, first, second = (
        edge_case_fields(instances, 2) for instances in (crossing, crossing[:1], crossing[1:])
    )
    np.testing.assert_allclose(both, first + second, atol=1e-6)
    twice = edge_case_fields(crossing[[0, 0]], 2)
    np.testing.assert_allclose(twice, 2 * first, atol=1e-6)


@parametrize_ways
def test_without_instances_the_fields_are_zero(call: Call) -> None:
    frame = {"image": np.zeros((8, 12, 1), np.uint8), "instances": np.zeros((0, 3, 2), np.float32)}
    fields = call(PartAffinityFields(((0, 1), (1, 2)), 2, 4.0), frame)["part_affinity_fields"]
    assert fields.shape == (4, 6, 4)
    assert not fields.any()


@parametrize_ways
def test_a_batch_has_the_fields_of_its_frames(call: Call) -> None:
    frames = {
        "image": np.zeros((2, 15, 20, 1), np.uint8),
        "instances": SLEAP["in/edge_cases"].reshape(2, 4, 5, 2),
    }
    draw = PartAffinityFields(SLEAP_EDGES, 4, 15.0)
    batch = call(draw, frames)["part_affinity_fields"]
    for at in range(2):
        one = draw({key: tf.constant(values[at]) for key, values in frames.items()})
        np.testing.assert_allclose(batch[at], one["part_affinity_fields"], atol=1e-6)


def test_the_size_of_fields_is_known_where_that_of_the_image_is() -> None:
    draw = PartAffinityFields(SLEAP_EDGES, 4, 15.0)
    known = tf.data.Dataset.from_tensors(sleap_frame())
    spec = known.map(draw).element_spec["part_affinity_fields"]
    assert spec.shape.as_list() == [10, 14, 8]
    unknown = known.map(lambda frame: tf.nest.map_structure(with_unknown_sizes, frame))
    spec = unknown.map(draw).element_spec["part_affinity_fields"]
    assert spec.shape.as_list() == [None, None, 8]
