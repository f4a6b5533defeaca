"""The events of several labels files one after the other."""

from collections.abc import Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp import dtypes
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.joined_annotations import OpenPart
from splitlib.slp.joined_catalogs import (
    Catalog,
    join_catalog,
    texts_about,
    texts_at,
    write_texts_about,
)
from splitlib.slp.joined_forms import mapped, read_form, write_columns, write_texts_of
from splitlib.slp.parts import Column
from splitlib.slp.ranges import bounds
from splitlib.slp.tables import Table


def join_events(parts: Sequence[OpenPart], identities: Catalog, new: h5py.File) -> None:
    """Write the events of all files, and their types.

    Raises:
        LabelsFileError: A table is broken.
    """
    types = join_catalog(parts, "event_types", new)
    joined, about, traces, lengths = [], [], [], []
    texts: dict[str, list[str]] = {"name": [], "source": []}
    for at, one in enumerate(parts):
        table = read_form(one.file, one.part.source.path, "events", dtypes.EVENTS)
        if table is None:
            continue
        joined.append(_renumbered_events(one, table, identities.numbers[at], types.numbers[at]))
        about += texts_about(one, "events", len(table))
        for name, own in texts.items():
            found = texts_at(one, "events", name)
            own += found if len(found) == len(table) else [""] * len(table)
        trace, length = _traces(one, len(table))
        traces.append(trace)
        lengths.append(length)
    if not joined:
        return
    group = new.create_group("events")
    write_columns(group, np.concatenate(joined))
    for name, own in texts.items():
        write_texts_of(group, name, own)
    if sum(map(len, traces)):
        group["scores"] = np.concatenate(traces)
        group["score_offsets"] = bounds(np.concatenate(lengths))
    write_texts_about(group, about)


def _renumbered_events(
    one: OpenPart, table: Table, identities: Column, types: Column
) -> NDArray[np.void]:
    rows = table.rows.copy()
    rows["video"] = mapped(table.ints("video"), one.part.videos)
    rows["type"] = mapped(table.ints("type"), types)
    for who in ("subject", "target"):
        kind, number = table.ints(f"{who}_kind"), table.ints(f"{who}_idx")
        new = np.where(kind == 1, mapped(number, one.part.tracks[:-1]), mapped(number, identities))
        rows[f"{who}_idx"] = np.where((kind == 1) | (kind == 2), new, -1)
    return rows


def _traces(one: OpenPart, n: int) -> tuple[NDArray[np.float32], Column]:
    """The scores of all frames of events, and how many of them each event has."""
    group, path = one.file["events"], one.part.source.path
    scores = optional_dataset(group, "scores", path)
    offsets = optional_dataset(group, "score_offsets", path)
    if scores is None or offsets is None:
        return np.zeros(0, np.float32), np.zeros(n, np.int64)
    with reading(path, "/events/score_offsets"):
        edges = offsets[()].astype(np.int64)
        if (
            len(edges) != n + 1
            or edges[0]
            or edges[-1] != len(scores)
            or (np.diff(edges) < 0).any()
        ):
            msg = f"the offsets are expected to be {n + 1} ascending rows of /events/scores"
            raise ValueError(msg)
        return scores[()].astype(np.float32), np.diff(edges)
