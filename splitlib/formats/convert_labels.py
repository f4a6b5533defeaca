"""Turning labels of any format into a .slp file."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from splitlib.convert.centroids_as_points import with_centroid_instances
from splitlib.convert.embed_videos import embed
from splitlib.errors import LabelsFileError, SplitlibError
from splitlib.formats.foreign import Foreign
from splitlib.formats.known_formats import Format, format_of
from splitlib.formats.read_foreign import read_foreign
from splitlib.formats.write_slp import labels_folder, write_slp
from splitlib.jsonfile import write_json
from splitlib.labels import Labels
from splitlib.slp.labels_files import labels_name


@dataclass(frozen=True)
class Converted:
    """What became of labels.

    Attributes:
        form: The format of the labels.
        n_frames: Labeled frames that were written.
        missing: Pictures that are not there; their labels were left out.
        left_behind: What else the source holds and the file does not, a phrase each.
        splits: The lists of the splits that the source brings along, as `splitlib split
            --from-index` takes them, each with the number of frames per split.
        n_from_centroids: Instances that were made of centroids and boxes.
    """

    form: Format
    n_frames: int
    missing: Sequence[str] = ()
    left_behind: Sequence[str] = ()
    splits: Mapping[Path, Mapping[str, int]] = field(default_factory=dict)
    n_from_centroids: int = 0

    def warn_of_left_out(self, source: Path) -> None:
        """Warn of labels of missing pictures, and of what else was left behind."""
        if self.missing:
            warnings.warn(
                f"{source}: {len(self.missing)} pictures are missing, and their labels are left"
                f" out: {', '.join(self.missing)}",
                stacklevel=2,
            )
        if self.left_behind:
            warnings.warn(f"{source}: left behind: {'; '.join(self.left_behind)}", stacklevel=2)

    def summary(self, path: Path) -> str:
        """What was written to a path, and what to do with the splits of the source."""
        lines = [f"{path}: {self.n_frames} labeled frames"]
        if self.n_from_centroids:
            lines.append(f"  {self.n_from_centroids} instances are made of centroids and boxes")
        for lists, sizes in self.splits.items():
            counts = ", ".join(f"{name} {n}" for name, n in sizes.items())
            lines += [
                f"{lists}: splits of the source: {counts}",
                f"  judge them: splitlib audit {path} {lists}",
                f"  take them:  splitlib split {path} splits --from-index {lists}",
            ]
        return "\n".join(lines)


def convert(
    source: str | Path,
    path: str | Path,
    *,
    video_folders: Sequence[str | Path] = (),
    images: bool = True,
    skip_missing: bool = False,
    centroids_as: str | None = None,
) -> Converted:
    """Turn labels of any format into a .slp file.

    What `embed` does keeps everything in a .slp file. Files of other formats are read by
    `read_foreign`.

    Args:
        source: The labels: a file, or the folder of a DeepLabCut project or Ultralytics dataset.
        path: The .slp file to write.
        video_folders: Where to look for videos and pictures, besides the folder of the labels.
        images: Whether the labeled frames are embedded. Else the file names pictures and videos
            from the folder of the labels.
        skip_missing: Whether labels of missing pictures are left out, instead of an error.
        centroids_as: The node that centroids and boxes of frames without instances become a point
            of, as `with_centroid_instances` says.

    Raises:
        LabelsFileError: The labels cannot be read, have no labeled frames, or no such node.
        VideoNotFoundError: A video or a picture is not found.
        VideoMismatchError: A file that is found is not the video that was labeled.
        ImageError: A labeled frame cannot be read, or asks to be turned, and the labels state no
            size that tells whether it was.
    """
    source, path = Path(source), Path(path)
    form = format_of(source)
    if form == Format.SLEAP:
        if centroids_as is not None and not images:
            labels = Labels.load(source)
            n_made = with_centroid_instances(labels, path, centroids_as)
            return Converted(form, len(labels), n_from_centroids=n_made)
        return _embedded(Labels.load(source), path, video_folders, centroids_as)
    if centroids_as is not None:
        msg = f"{source}: {form} labels hold no centroids or boxes that become points of a node"
        raise LabelsFileError(msg)
    folders = [Path(folder) for folder in video_folders]
    foreign = read_foreign(source, form, folders, skip_missing=skip_missing)
    if images:
        _write_with_images(foreign, source, path, folders)
    else:
        write_slp(foreign, source, path)
    return Converted(
        form,
        len(foreign.labels),
        foreign.missing,
        foreign.left_behind,
        _write_splits(foreign, path),
    )


def _embedded(
    labels: Labels, path: Path, video_folders: Sequence[str | Path], centroids_as: str | None
) -> Converted:
    """Write labels of SLEAP with their frames, and with centroids as instances where asked for."""
    if centroids_as is None:
        embed(labels, path, video_folders=video_folders)
        return Converted(Format.SLEAP, len(labels))
    folders = [labels.path.parent, *video_folders]
    with TemporaryDirectory() as temporary:
        plain = Path(temporary) / labels.path.name
        n_made = with_centroid_instances(labels, plain, centroids_as)
        _embed_temporary(plain, labels.path, path, folders)
    return Converted(Format.SLEAP, len(labels), n_from_centroids=n_made)


def as_slp(source: Path, folder: Path) -> tuple[Path, Sequence[str]]:
    """Labels as a .slp file: themselves, or converted into a folder without their images.

    Returns:
        The file, and the pictures that are missing, whose labels it lacks.

    Raises:
        LabelsFileError, VideoNotFoundError, ImageError: As of `convert`.
    """
    if format_of(source) == Format.SLEAP:
        return source, ()
    path = folder / f"{labels_name(source)}.slp"
    return path, convert(source, path, images=False, skip_missing=True).missing


def _write_with_images(foreign: Foreign, source: Path, path: Path, folders: Sequence[Path]) -> None:
    with TemporaryDirectory() as temporary:
        plain = Path(temporary) / "labels.slp"
        write_slp(foreign, source, plain)
        _embed_temporary(plain, source, path, [labels_folder(source), *folders])


def _embed_temporary(plain: Path, source: Path, path: Path, folders: Sequence[str | Path]) -> None:
    """Embed the frames of a temporary file. Errors name the source, which a user knows."""
    try:
        embed(Labels.load(plain), path, video_folders=folders)
    except SplitlibError as err:
        raise type(err)(str(err).replace(str(plain), str(source))) from err


def _write_splits(foreign: Foreign, path: Path) -> dict[Path, dict[str, int]]:
    """Write the splits that the source brings along beside the labels."""
    stem, written = path.name.split(".")[0], {}
    for name, splits in foreign.splits.items():
        lists = path.with_name(".".join(filter(None, (stem, name, "splits.json"))))
        write_json(lists, {split: list(frames) for split, frames in splits.items()})
        written[lists] = {split: len(frames) for split, frames in splits.items()}
    return written
