"""Catalogs: lists of identities, categories and kinds of events, and the list of events.

Nothing in them names a frame by row, so a split carries them whole. Texts about an entry stand in
three lists of their own, which name the entry by row.
"""

import h5py
import numpy as np

from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.parts import Parts
from splitlib.slp.tables import Table

CATALOGS = {
    "identity": "name",
    "categories": "name",
    "event_types": "name",
    "events": "video",
}
"""Groups with texts about entries, and the dataset with one row per entry."""

META_OWNER = "meta_owner"


def check_catalogs(parts: Parts) -> None:
    """Make sure that texts about entries name entries that are there.

    Raises:
        LabelsFileError: One does not. Readers end there.
    """
    for name, entries in CATALOGS.items():
        for at, file in enumerate(parts.files):
            group, path = file.get(name), parts.sources[at].path
            if not isinstance(group, h5py.Group):
                continue
            owner = optional_dataset(group, META_OWNER, path)
            listed = optional_dataset(group, entries, path)
            if owner is None or owner.ndim != 1 or owner.dtype.kind not in "iuf":
                continue
            n_entries = len(listed) if listed is not None and listed.ndim else 0
            with reading(path, f"/{name}/{META_OWNER}"):
                rows = np.array(owner[()], [(META_OWNER, owner.dtype)])
            found = Table(path, f"{name}/{META_OWNER}", rows)
            numbers = found.ints(META_OWNER)
            good = (numbers >= 0) & (numbers < n_entries)
            found.check(META_OWNER, good, f"but /{name}/{entries} has {n_entries} rows")
