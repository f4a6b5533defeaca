"""The real labels files among the shared ones, by what can be expected of them."""

from collections.abc import Iterable
from typing import Any

from slow import quick_if

SLEAP = "data/talmolab+sleap/"
TUTORIAL = "data/talmolab+sleap-tutorial-uo/data/"
JS = "data/talmolab+sleap-io.js/"

PLAIN = [
    *(
        SLEAP + name
        for name in (
            "docs/notebooks/analysis_example/predictions.slp",
            "tests/data/hdf5_format_v1/centered_pair_predictions.slp",
            "tests/data/models/minimal_instance.UNet.bottomup/labels_gt.train.slp",
            "tests/data/models/minimal_instance.UNet.bottomup/labels_gt.val.slp",
            "tests/data/models/minimal_instance.UNet.bottomup/labels_pr.train.slp",
            "tests/data/models/minimal_instance.UNet.bottomup/labels_pr.val.slp",
            "tests/data/models/minimal_robot.UNet.single_instance/labels_gt.train.slp",
            "tests/data/models/minimal_robot.UNet.single_instance/labels_gt.val.slp",
            "tests/data/siv_format_v1/small_robot_siv.slp",
            "tests/data/siv_format_v2/small_robot_siv_caching.slp",
            "tests/data/slp_hdf5/dance.mp4.labels.slp",
            "tests/data/slp_hdf5/minimal_instance.slp",
            "tests/data/slp_hdf5/small_robot_minimal.slp",
            "tests/data/test_grid/test_grid_labels.legacy.h5",
            "tests/data/test_grid/test_grid_labels.midpoint.h5",
            "tests/data/tracks/clip.2node.slp",
            "tests/data/tracks/clip.predictions.slp",
            "tests/data/tracks/clip.slp",
        )
    ),
    *(
        "data/talmolab+sleap-app/tests/fixtures/" + name
        for name in ("centered_pair.slp", "minimal_instance.slp", "small_robot_minimal.slp")
    ),
    *(
        TUTORIAL + name
        for name in (
            "labels.v000.slp",
            "models/211229_075510.centroid/labels_gt.train.slp",
            "models/211229_075510.centroid/labels_gt.val.slp",
            "models/211229_075510.centroid/labels_pr.train.slp",
            "models/211229_075510.centroid/labels_pr.val.slp",
            "predictions/fly_clip.mp4.220107_073056.predictions.slp",
            "predictions/labels.v000.slp.220107_083748.predictions.slp",
            "predictions/labels.v000.slp.220107_084433.predictions.slp",
        )
    ),
    *(
        JS + name
        for name in (
            "demo/assets/demo-flies13-preds.slp",
            "tests/data/slp/centered_pair_predictions.slp",
            "tests/data/slp/clip.2node.slp",
            "tests/data/slp/imgvideo.slp",
            "tests/data/slp/labels.v002.rel_paths.slp",
            "tests/data/slp/labels.v002.slp",
            "tests/data/slp/minimal_instance.slp",
            "tests/data/slp/multiview.slp",
            "tests/data/slp/predictions_1.2.7_provenance_and_tracking.slp",
            "tests/data/slp/reduce.slp",
            "tests/data/slp/skeleton-order-bug/skeleton_only_13pt_fly.slp",
            "tests/data/slp/test_grid_labels.legacy.slp",
            "tests/data/slp/typical.slp",
        )
    ),
    "oracle/data/mixed.slp",
    "oracle/data/two_skeletons_diff_nodes.slp",
    "oracle/data/two_skeletons_same_nodes.slp",
]
"""Videos outside of the labels file."""

PACKAGES = [
    JS + "tests/data/slp/cropped_format_2_3.pkg.slp",
    JS + "tests/data/slp/minimal_instance.pkg.slp",
    "data/made/three.pkg.slp",
    "data/made/three_sug.pkg.slp",
    "data/made/two.pkg.slp",
    "oracle/data/dance_rgb.pkg.slp",
    "oracle/data/mixed.head.pkg.slp",
    "oracle/data/mixed.pkg.slp",
    "oracle/data/mixed_all.pkg.slp",
    "oracle/data/robot_rgb.head.pkg.slp",
    "oracle/data/robot_rgb.pkg.slp",
]
"""Images embedded; position, dataset and number of a video agree."""

LARGE = "oracle/data/bench_384x384_500.pkg.slp"
"""A package as well, of 17 MB."""

NOT_FOR_SLEAP_IO = [
    JS + "demo/assets/demo-flies13-seg.slp",  # tables as matrices, masks
    JS + "tests/data/slp/spilled_source_video.pkg.slp",  # source video in a dataset
]
"""sleap-io 0.9.5 raises TypeError."""

COLLIDING = "data/made/mixed.slp"
"""In /frames the number 0 stands for two videos: a plain one, and the one in video0/video."""

NEWEST = [
    JS + "tests/data/slp/py_written_25_identity.slp",
    JS + "tests/data/slp/py_written_27_category.slp",
    JS + "tests/data/slp/py_written_28_multiview3d.slp",
    "data/made/sink_blob.slp",
    "data/made/sink_chunked.slp",
]
"""Format 2.5 to 2.8: tables that belong to instances and annotations. The last two have all."""

NO_LABELS = [
    JS + "tests/data/slp/vlen_multiframe.pkg.slp",
    SLEAP + "tests/data/test_grid/grid_2x2.h5",
    "data/DeepLabCut+DeepLabCut/examples/openfield-Pranav-2018-10-30/labeled-data/m4s1/"
    "CollectedData_Pranav.h5",
]
"""HDF5, but no labels."""

SPLIT = [*PLAIN, *PACKAGES, LARGE, *NEWEST, *NOT_FOR_SLEAP_IO]
READ_BY_SLEAP_IO = [*PLAIN, *PACKAGES, *NEWEST]
EVERY = [*SPLIT, COLLIDING, *NO_LABELS]

LIKE_OTHERS = {
    *(
        SLEAP + name
        for name in (
            "tests/data/models/minimal_instance.UNet.bottomup/labels_gt.val.slp",
            "tests/data/models/minimal_instance.UNet.bottomup/labels_pr.train.slp",
            "tests/data/models/minimal_instance.UNet.bottomup/labels_pr.val.slp",
            "tests/data/models/minimal_robot.UNet.single_instance/labels_gt.val.slp",
            "tests/data/models/minimal_instance.UNet.bottomup/labels_gt.train.slp",
            "tests/data/models/minimal_robot.UNet.single_instance/labels_gt.train.slp",
            "tests/data/siv_format_v1/small_robot_siv.slp",
            "tests/data/slp_hdf5/dance.mp4.labels.slp",
            "tests/data/slp_hdf5/minimal_instance.slp",
            "tests/data/test_grid/test_grid_labels.midpoint.h5",
            "tests/data/tracks/clip.2node.slp",
            "tests/data/tracks/clip.slp",
        )
    ),
    *(name for name in PLAIN if name.startswith("data/talmolab+sleap-app/")),
    *(name for name in PLAIN if name.startswith(TUTORIAL) and "labels_pr.val" not in name),
    *(
        JS + name
        for name in (
            "demo/assets/demo-flies13-preds.slp",
            "tests/data/slp/clip.2node.slp",
            "tests/data/slp/labels.v002.rel_paths.slp",
            "tests/data/slp/labels.v002.slp",
            "tests/data/slp/minimal_instance.pkg.slp",
            "tests/data/slp/minimal_instance.slp",
            "tests/data/slp/test_grid_labels.legacy.slp",
            "tests/data/slp/typical.slp",
        )
    ),
    "data/made/sink_blob.slp",
    "data/made/two.pkg.slp",
    "oracle/data/dance_rgb.pkg.slp",
    "data/made/three.pkg.slp",
    "oracle/data/mixed.head.pkg.slp",
    "oracle/data/mixed.pkg.slp",
    "oracle/data/robot_rgb.head.pkg.slp",
    "oracle/data/robot_rgb.pkg.slp",
}
"""Versions, kinds of videos and tools that other files show as well."""

THOUSANDS_OF_ROWS = {
    SLEAP + "docs/notebooks/analysis_example/predictions.slp",
    SLEAP + "tests/data/hdf5_format_v1/centered_pair_predictions.slp",
    SLEAP + "tests/data/tracks/clip.predictions.slp",
    JS + "demo/assets/demo-flies13-seg.slp",
    JS + "tests/data/slp/centered_pair_predictions.slp",
    LARGE,
}


def real_files(names: Iterable[str]) -> list[Any]:
    """Cases for `parametrize`, of which those that are large or like others are slow."""
    return quick_if(lambda name: name not in LIKE_OTHERS | THOUSANDS_OF_ROWS, names)
