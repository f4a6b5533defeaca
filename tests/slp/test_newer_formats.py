"""Formats that came after the newest known one."""

import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
from every_table import TABLES, labels_of, write
from raw_hdf5 import content_at
from real_files import shared_path
from real_labels import NEWEST, NOT_FOR_SLEAP_IO
from synthetic_labels import small_labels

from splitlib.errors import UnsupportedFormatError
from splitlib.labels import Labels
from splitlib.split.merge_splits import merge_splits


def with_format(path: Path, format_id: float) -> Path:
    with h5py.File(path, "r+") as file:
        file["metadata"].attrs["format_id"] = format_id
    return path


@pytest.mark.parametrize("format_id", [2.9, 2.95])
def test_unknown_tables_of_a_newer_format_are_named_and_carried(
    format_id: float, tmp_path: Path
) -> None:
    path = with_format(write(labels_of(1, set(TABLES), 6), tmp_path / "a.slp"), format_id)
    with h5py.File(path, "r+") as file:
        file["poses"] = np.arange(12).reshape(6, 2)
        file["identity/colors"] = np.arange(3)
        rows = file["masks"][()]
        del file["masks"]
        wider = np.zeros(len(rows), [*rows.dtype.descr, ("depth", "<f4")])
        for name in rows.dtype.names:
            wider[name] = rows[name]
        file["masks"] = wider
    message = (
        f"a.slp: the format is {format_id}, newer than 2.8, .*; /poses, /masks depth,"
        " /identity/colors are carried over as they are, .*not renumbered"
    )
    with pytest.warns(UserWarning, match=message):
        labels = Labels.load(path)
    for at in (0, 1):
        labels.extract(range(at, 6, 2)).save(tmp_path / f"{at}.slp")
        with h5py.File(tmp_path / f"{at}.slp") as file:
            assert file["metadata"].attrs["format_id"] == format_id
            assert file["poses"][()].tolist() == np.arange(12).reshape(6, 2).tolist()
            assert file["identity/colors"][()].tolist() == [0, 1, 2]
            assert "depth" in file["masks"].dtype.names
    with pytest.warns(UserWarning, match="newer than 2.8"):
        merge_splits([tmp_path / "0.slp", tmp_path / "1.slp"], tmp_path / "merged.slp")
    assert content_at(tmp_path / "merged.slp", "poses") == content_at(path, "poses")


def test_a_newer_format_without_unknown_tables_says_so(tmp_path: Path) -> None:
    path = with_format(small_labels().write(tmp_path / "a.slp"), 2.9)
    with pytest.warns(UserWarning, match="it holds no table that is not known"):
        assert len(Labels.load(path)) == 6


@pytest.mark.parametrize("format_id", [3.0, 3.1, 12.0])
def test_a_columnar_format_is_refused_by_name(format_id: float, tmp_path: Path) -> None:
    path = with_format(small_labels().write(tmp_path / "a.slp"), format_id)
    with pytest.raises(UnsupportedFormatError, match=f"is {format_id}, .* columnar .*; update"):
        Labels.load(path)


@pytest.mark.parametrize("relative", [*NEWEST, NOT_FOR_SLEAP_IO[0]])
def test_every_part_of_real_files_is_known(relative: str, tmp_path: Path) -> None:
    path = tmp_path / "a.slp"
    path.write_bytes(shared_path(relative).read_bytes())
    with_format(path, 2.9)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Labels.load(path)
    said = [str(one.message) for one in caught]
    unknown = "/my_lab_extra are carried" if "sink" in relative else "no table that is not known"
    assert any(unknown in text for text in said), said
