"""How the tables of annotations refer to the rest of a labels file.

Source: format versions 1.5 to 2.8, sleap_io/io/slp.py of sleap-io 0.9.5, and files of sleap-io.js.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class AnnotationTable:
    """A table whose rows name their frame.

    Attributes:
        name: The dataset, or the group with one dataset per column.
        lists: Datasets with one entry per row of the table.
        prefix: Prefix of the columns with the byte range of a row; "" for none.
        store: The dataset of bytes that the ranges point into.
    """

    name: str
    lists: tuple[str, ...] = ()
    prefix: str = ""
    store: str = ""


LABEL_IMAGES = AnnotationTable("label_images", ("label_image_sources",), "data", "label_image_data")

TABLES = (
    AnnotationTable("masks", ("mask_categories", "mask_names", "mask_sources"), "rle", "mask_rle"),
    AnnotationTable("rois", ("roi_categories", "roi_names", "roi_sources"), "wkb", "roi_wkb"),
    AnnotationTable("bboxes"),
    AnnotationTable("centroids"),
    LABEL_IMAGES,
)

OBJECTS = "label_image_objects"
"""Rows are ranges of each label image: from its `objects_start` on, as many as `n_objects`."""

OBJECT_LISTS = ("label_image_obj_categories", "label_image_obj_names")

LIST_ATTRIBUTES = ("categories", "names", "sources")
"""Formats 1.5 to 1.8 keep the lists as attributes of the table, in JSON."""


@dataclass(frozen=True)
class ScoreMaps:
    """A table of maps that belong to annotations.

    Attributes:
        name: The dataset, with the byte range of each map in data_start and data_end.
        column: The column with the row of the annotation.
        owner: The table of that row.
        store: The dataset of bytes.
    """

    name: str
    column: str
    owner: str
    store: str


SCORE_MAPS = (
    ScoreMaps("mask_score_map_index", "mask_idx", "masks", "mask_score_maps"),
    ScoreMaps("label_image_score_map_index", "li_idx", "label_images", "label_image_score_maps"),
)

OWNERS = {0: "instances", 2: "centroids", 3: "masks", 4: "bboxes", 5: "rois"}
"""The table that `owner_id` is a row of, by `owner_type` (1 was never used)."""

LINKS = ("identity", "categories")
"""Groups with a catalog, and the table `links` of what belongs to which entry."""

EMBEDDINGS = (
    ("vectors", "owner_type", "owner_id"),
    ("category_vectors", "category_owner_type", "category_owner_id"),
)
"""Datasets of /embeddings that have one row per vector: the vectors, and whose they are."""

OWNED = ("identity", "categories", "embeddings", *(spec.name for spec in SCORE_MAPS))
"""Objects whose rows belong to instances or annotations."""
