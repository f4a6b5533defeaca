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

_SPATIAL = [(name, "<f4") for name in ("scale_x", "scale_y", "offset_x", "offset_y")]

MASKS = np.dtype(
    [
        *((name, "<u4") for name in ("height", "width")),  # pixels
        ("annotation_type", "u1"),  # always 2
        ("video", "<i4"),  # row of videos_json
        ("frame_idx", "<i8"),
        ("track", "<i4"),
        ("instance", "<i4"),  # row of INSTANCES, -1 for none
        ("from_predicted", "<i4"),  # row of MASKS, -1 for none
        ("is_predicted", "u1"),
        *((name, "<f4") for name in ("score", "tracking_score")),
        *((name, "<u8") for name in ("rle_start", "rle_end")),  # bytes of mask_rle
        *_SPATIAL,
    ]
)
"""Masks of format 2.4 and newer."""

ROIS = np.dtype(
    [
        ("annotation_type", "u1"),  # always 0
        ("video", "<i4"),
        ("frame_idx", "<i8"),
        ("track", "<i4"),
        ("is_predicted", "u1"),
        *((name, "<f4") for name in ("score", "tracking_score")),
        *((name, "<u8") for name in ("wkb_start", "wkb_end")),  # bytes of roi_wkb
        ("instance", "<i4"),
    ]
)

_ANNOTATION = [
    *((name, "<i4") for name in ("video", "track", "instance")),
    ("frame_idx", "<i8"),
    ("is_predicted", "u1"),
    *((name, "<f4") for name in ("score", "tracking_score")),
]

BBOXES = np.dtype([*((name, "<f8") for name in ("x1", "y1", "x2", "y2", "angle")), *_ANNOTATION])
"""Columns of /bboxes since format 2.0."""

CENTRE_BOXES = np.dtype(
    [*((name, "<f8") for name in ("x_center", "y_center", "width", "height")), *BBOXES.descr]
)
"""Those, and what the table /bboxes has instead of corners before."""

CENTROIDS = np.dtype([*((name, "<f8") for name in ("x", "y", "z")), *_ANNOTATION])

LABEL_IMAGES = np.dtype(
    [
        ("video", "<i4"),
        ("frame_idx", "<i8"),
        *((name, "<u4") for name in ("height", "width", "n_objects", "objects_start")),
        *((name, "<u8") for name in ("data_start", "data_end")),
        ("is_predicted", "u1"),
        ("score", "<f4"),
        *_SPATIAL,
    ]
)

LABEL_IMAGE_OBJECTS = np.dtype(
    [
        *((name, "<i4") for name in ("label_id", "track", "instance")),
        *((name, "<f4") for name in ("score", "tracking_score")),
    ]
)

_MAP = [
    *((name, "<u8") for name in ("data_start", "data_end")),
    *((name, "<u4") for name in ("height", "width")),
    *_SPATIAL,
]
MASK_SCORE_MAPS = np.dtype([("mask_idx", "<u4"), *_MAP])
LABEL_IMAGE_SCORE_MAPS = np.dtype([("li_idx", "<u4"), *_MAP])

_OWNER = [("owner_type", "u1"), ("owner_id", "<i8")]
OWNERS = np.dtype(_OWNER)
IDENTITY_LINKS = np.dtype([*_OWNER, ("identity_idx", "<i4"), ("identity_score", "<f4")])
CATEGORY_LINKS = np.dtype([*_OWNER, ("category_idx", "<i4"), ("category_score", "<f4")])

EVENTS = np.dtype(
    [
        *((name, "<i8") for name in ("video", "start_frame", "end_frame", "type")),
        *((name, "i1") for name in ("subject_kind", "target_kind")),  # 1 track, 2 identity
        *((name, "<i8") for name in ("subject_idx", "target_idx")),
        ("is_predicted", "?"),
        ("score", "<f8"),
    ]
)
"""Columns of /events."""

FRAME_GROUPS = np.dtype([("frame_idx", "<i8"), ("ig_start", "<u8"), ("ig_end", "<u8")])

INSTANCE_GROUPS = np.dtype(
    [
        ("identity_idx", "<i4"),
        *((name, "<f8") for name in ("score", "instance_3d_score")),
        *((name, "<i8") for name in ("pts3d_start", "pts3d_end")),
        ("pts3d_predicted", "u1"),
        *((name, "<u8") for name in ("member_start", "member_end")),
    ]
)

GROUP_MEMBERS = np.dtype([("camera", "<u4"), ("lf", "<i8"), ("inst", "<u4")])
