"""A data card of the splits, in the form of Croissant 1.0, for portals and search engines.

The form is that of https://docs.mlcommons.org/croissant/docs/croissant-spec.html: JSON-LD with the
vocabulary of schema.org.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SPEC = "http://mlcommons.org/croissant/1.0"

TERMS = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "citeAs": "cr:citeAs",
    **{
        name: f"cr:{name}"
        for name in (
            *("column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject"),
            *("fileSet", "format"),
            *("includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path"),
            *(
                "recordSet",
                "references",
                "regex",
                "repeated",
                "replace",
                "samplingRate",
                "separator",
            ),
            *("source", "subField", "transform"),
        )
    },
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}
"""What the words of a card stand for; readers compare them with those of the specification."""

COLUMNS = {
    "name": ("sc:Text", "The split."),
    "file": ("sc:Text", "The labels of the split, an HDF5 file of SLEAP."),
    "n_frames": ("sc:Integer", "Labeled frames."),
    "n_instances": ("sc:Integer", "Animals that are labeled in them."),
    "n_videos": ("sc:Integer", "Videos that the frames are of."),
}
"""Columns of the table of splits: the type of their values, and what they say."""


def data_card(certificate: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The card as plain values.

    Args:
        certificate: That of the splits, as of `certificate_of`.
        folder: The folder with the split files and their indexes.
    """
    splits = certificate["splits"]
    files = [(split["file"], split["sha256"], "application/x-hdf5") for split in splits]
    indexes = [
        (Path(split["file"]).with_suffix(".json").name, split["index_sha256"], "application/json")
        for split in splits
    ]
    sources = ", ".join(source["file"] for source in certificate["sources"])
    return {
        "@context": TERMS,
        "@type": "sc:Dataset",
        "conformsTo": SPEC,
        "name": f"Splits of {sources}",
        "description": (
            f"Labels of animal poses ({sources}), split into {_listed(splits)}. Held-out frames are"
            f" {certificate['claim']['text']}. Made by splitlib {certificate['splitlib']}."
        ),
        "distribution": [_file(folder, *one) for one in (*files, *indexes)],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "splits",
                "name": "splits",
                "description": "The splits and their sizes.",
                "key": {"@id": "splits/name"},
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"splits/{name}",
                        "name": name,
                        "description": what,
                        "dataType": kind,
                    }
                    for name, (kind, what) in COLUMNS.items()
                ],
                "data": [{f"splits/{name}": split[name] for name in COLUMNS} for split in splits],
            }
        ],
    }


def _listed(splits: list[Mapping[str, Any]]) -> str:
    return ", ".join(f"{split['name']} ({split['n_frames']} frames)" for split in splits)


def _file(folder: Path, name: str, sha256: str, encoding: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{(folder / name).stat().st_size} B",
        "encodingFormat": encoding,
        "sha256": sha256,
    }
