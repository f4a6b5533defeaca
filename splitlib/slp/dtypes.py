"""The tables of a labels file: names, order and types of their columns.

All of them are packed and little-endian, as SLEAP and sleap-io write them. Ranges (`*_start`,
`*_end`) are half-open rows of the next table: frames hold instances, and instances hold points, in
`POINTS` when `instance_type` is `USER` and in `PRED_POINTS` when it is `PREDICTED`.

Source: sleap/io/format/labels_json.py and hdf5.py of SLEAP 1.4.1, sleap_io/io/slp.py of sleap-io
0.9.5, and 113 real files.
"""

import numpy as np

USER = 0
"""`instance_type` of an instance that a person placed."""

PREDICTED = 1
"""`instance_type` of an instance that a model placed."""

FRAMES = np.dtype(
    [
        ("frame_id", "<u8"),  # its own row
        ("video", "<u4"),  # row of videos_json
        ("frame_idx", "<u8"),  # frame of the video, from 0
        ("instance_id_start", "<u8"),
        ("instance_id_end", "<u8"),
    ]
)

INSTANCES_1_1 = np.dtype(
    [
        ("instance_id", "<i8"),  # its own row
        ("instance_type", "u1"),  # USER or PREDICTED
        ("frame_id", "<u8"),  # row of FRAMES
        ("skeleton", "<u4"),  # row of the skeletons in the metadata
        ("track", "<i4"),  # row of tracks_json, -1 for none
        ("from_predicted", "<i8"),  # row of the instance that it was made from, -1 for none
        ("score", "<f4"),
        ("point_id_start", "<u8"),
        ("point_id_end", "<u8"),
    ]
)
"""Instances of format 1.0 and 1.1."""

INSTANCES = np.dtype([*INSTANCES_1_1.descr, ("tracking_score", "<f4")])
"""Instances since format 1.2."""

POINTS = np.dtype(
    [
        ("x", "<f8"),  # pixels; since format 1.1 the centre of the first pixel is (0, 0)
        ("y", "<f8"),
        ("visible", "?"),  # independent of x and y, which are NaN for a point not placed
        ("complete", "?"),
    ]
)

PRED_POINTS = np.dtype([*POINTS.descr, ("score", "<f8")])

NEGATIVE_FRAMES = np.dtype(
    [
        ("video_id", "<u4"),  # as `video` of FRAMES
        ("frame_idx", "<u8"),
    ]
)
"""Frames that a person marked as holding no animal."""
