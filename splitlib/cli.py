"""The command line, for work outside of a pipeline: thin faces on the library.

Exit code 0 is success; 1 an error in files or requests, with one message on the error stream; 2 a
wrong command line.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import splitlib
from splitlib.audit.audited_splits import load_audited
from splitlib.audit.checks import FAIL, make_checks
from splitlib.audit.findings import audit
from splitlib.audit.progress import progress_bar
from splitlib.audit.report import audit_report, audit_summary
from splitlib.console import printable, show_warning
from splitlib.convert import convert
from splitlib.errors import SplitlibError
from splitlib.jsonfile import json_text
from splitlib.labels import Labels
from splitlib.params import AuditParams, LabelsParams, SplitParams, checked_section, load_params
from splitlib.split.index_lists import read_index_lists
from splitlib.split.merge_splits import merge_splits
from splitlib.split.partition import (
    SPLITS,
    Partition,
    make_partition,
    partition_of_lists,
    partition_report,
    portable_params,
    summary,
)
from splitlib.split.verify_split import verify_split
from splitlib.split.write_splits import write_split_files

SPLIT_SETTINGS = tuple(f.name for f in fields(SplitParams))
"""Keys of `split` in params.yaml, each of which is a flag as well."""

NO_SOURCE = "-"
"""In place of the source labels: there are none to compare with."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: The arguments; None takes those of the process.

    Returns:
        The exit code.
    """
    arguments = _parser().parse_args(argv)
    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        try:
            arguments.run(arguments)
        except (SplitlibError, OSError) as err:
            print(f"splitlib {arguments.command}: {printable(str(err))}", file=sys.stderr)
            return 1
    return 0


def info(arguments: argparse.Namespace) -> None:
    """Print what a labels file holds."""
    facts = labels_facts(Labels.load(arguments.labels))
    if arguments.json:
        print(json_text(facts), end="")
        return
    videos = facts.pop("videos")
    for name, value in facts.items():
        print(f"{name.removeprefix('n_').replace('_', ' '):<20} {_plain(value)}")
    print(f"{'videos':<20} {len(videos)}")
    for video in videos:
        counts = f"{video['n_frames']:>6} frames, {video['n_images']:>6} embedded images"
        print(f"  {counts}  {printable(video['key'])}")


def split(arguments: argparse.Namespace) -> None:
    """Split a labels file into train, val and test files."""
    labels = Labels.load(arguments.labels)
    partition, made_by = _listed(labels, arguments) or _computed(labels, arguments)
    folder = arguments.output
    write_split_files(labels, partition, made_by, folder=folder, report=folder / "split.json")
    report = json_text(partition_report(labels, partition)) if arguments.json else None
    print(report or summary(labels, partition))


def _listed(
    labels: Labels, arguments: argparse.Namespace
) -> tuple[Partition, dict[str, Any]] | None:
    """The partition of `--from-index`, and what made it."""
    if arguments.from_index is None:
        return None
    _refuse_settings(arguments)
    lists = read_index_lists(arguments.from_index, labels)
    return partition_of_lists(labels, lists), {"from_index": arguments.from_index.name}


def _refuse_settings(arguments: argparse.Namespace) -> None:
    """Lists decide everything: a setting beside them would have no effect."""
    defaults = _parser().parse_args(["split", "labels", "output"])
    for key in (*SPLIT_SETTINGS, "predicted"):
        if getattr(arguments, key) != getattr(defaults, key):
            msg = (
                f"--{key.replace('_', '-')} has no effect beside --from-index, which takes the"
                " frames as they are listed; leave one of them out"
            )
            raise SplitlibError(msg)


def _computed(labels: Labels, arguments: argparse.Namespace) -> tuple[Partition, dict[str, Any]]:
    filters = LabelsParams(path=str(arguments.labels), user_instances_only=not arguments.predicted)
    values = {key: getattr(arguments, key) for key in SPLIT_SETTINGS}
    values["fractions"] = dict(zip(SPLITS, arguments.fractions, strict=True))
    values["hold_out"] = {}
    for name, pattern in arguments.hold_out:
        values["hold_out"].setdefault(name, []).append(pattern)
    params = checked_section(SplitParams, values, "split")
    return make_partition(labels, filters, params), portable_params(filters, params)


def _folds(text: str) -> int | str:
    if text == "all":
        return text
    try:
        return int(text)
    except ValueError as err:
        msg = f"expected a whole number or all, got {text!r}"
        raise argparse.ArgumentTypeError(msg) from err


def _held(text: str) -> tuple[str, str]:
    name, is_there, pattern = text.partition("=")
    if not (name and is_there and pattern):
        msg = f"expected SPLIT=PATTERN such as 'test=*mouse3*', got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return name, pattern


def verify(arguments: argparse.Namespace) -> None:
    """Check that split files hold the frames of the source that their indexes name."""
    labels = Labels.load(arguments.labels)
    checked = {name: verify_split(labels, arguments.splits, name) for name in SPLITS}
    if arguments.json:
        print(json_text({"n_frames": checked}), end="")
    else:
        print("verified: " + ", ".join(f"{name} {n} frames" for name, n in checked.items()))


def audit_splits(arguments: argparse.Namespace) -> None:
    """Look for leaks between splits and for imbalance, whatever made the splits."""
    source = None if arguments.source == NO_SOURCE else arguments.source
    splits = load_audited(source, arguments.splits)
    params = AuditParams(images=not arguments.no_images, min_distance=arguments.min_distance)
    with progress_bar("images") as progress:
        found = audit(splits, LabelsParams(), params, progress)
    checks = make_checks(found, params)
    if arguments.report:
        # matplotlib takes longer to load than all other commands to run
        from splitlib.audit.html import write_html
        from splitlib.audit.split_pictures import write_pictures

        pictures = write_pictures(arguments.report, found, params)
        write_html(arguments.report / "report.html", found, checks, pictures)
    if arguments.json:
        print(json_text(audit_report(found, checks)), end="")
    else:
        print(printable(audit_summary(found, checks)))
    if failed := [check.name for check in checks if check.verdict == FAIL]:
        msg = f"failed: {', '.join(failed)}"
        raise SplitlibError(msg)


def merge(arguments: argparse.Namespace) -> None:
    """Put splits of one labels file back into one file."""
    n_frames = merge_splits(arguments.splits, arguments.output)
    print(f"{arguments.output}: {n_frames} labeled frames")


def preview(arguments: argparse.Namespace) -> None:
    """Draw examples as the model will see them: images, points, skeletons and maps."""
    params = load_params(arguments.params)
    # tensorflow takes longer to load than all other commands to run
    import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports it
    from splitlib.inputs.batch_pictures import for_preview, write_preview
    from splitlib.inputs.input_fn import SplitInputs

    training, folders = not arguments.plain, _video_folders(arguments)
    inputs = SplitInputs.load(arguments.labels, params, video_folders=folders)
    how = "as it is" if arguments.plain else "augmented, as for training"
    title = f"{Path(arguments.labels).name}, {params.model.head}, {how}"
    shown = for_preview(inputs, training=training)
    write_preview(arguments.output, shown, title, training=training)
    print(f"{arguments.output}: {inputs.n_examples} examples of {inputs.n_frames} frames")


def convert_labels(arguments: argparse.Namespace) -> None:
    """Turn labels of any format into a labels file with embedded frames."""
    convert(arguments.source, arguments.output, video_folders=arguments.videos)
    print(f"{arguments.output}: {len(Labels.load(arguments.output))} labeled frames")


def export(arguments: argparse.Namespace) -> None:
    """Write the frames of a split to TFRecord files, to train on them anywhere."""
    params = load_params(arguments.params)
    # tensorflow takes longer to load than all other commands to run
    import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports it
    from splitlib.inputs.export.write_export import export_frames
    from splitlib.inputs.frames.frame_source import LabelsSource

    source = LabelsSource.load(arguments.split, params, _video_folders(arguments))
    manifest = export_frames(source, arguments.output, n_shards=arguments.shards)
    n_bytes = sum(file.n_bytes for file in manifest.files)
    shards = f"{len(manifest.shards)} shard{'s' * (len(manifest.shards) > 1)}"
    print(f"{arguments.output}: {manifest.n_frames} frames in {shards}, {n_bytes:,} bytes")


def _video_folders(arguments: argparse.Namespace) -> tuple[Path, ...] | None:
    return None if arguments.videos is None else tuple(arguments.videos)


def labels_facts(labels: Labels) -> dict[str, Any]:
    """What a labels file holds, as plain values."""
    columns = labels.columns
    return {
        "file": labels.path.name,
        "format_id": labels.source.format_id,
        "n_frames": len(labels),
        "n_user_labeled_frames": len(labels.user_labeled_frame_inds),
        "n_negative_frames": int(labels.is_negative.sum()),
        "n_user_instances": int(columns.is_user.sum()),
        "n_predicted_instances": int((~columns.is_user).sum()),
        "n_tracks": len(labels.tracks),
        "n_suggestions": len(labels.suggestions),
        "skeletons": [list(skeleton.nodes) for skeleton in labels.skeletons],
        "videos": [
            {
                "key": video.key,
                "n_frames": int((labels.video == at).sum()),
                "n_images": len(labels.images[at].frame_numbers) if at in labels.images else 0,
            }
            for at, video in enumerate(labels.videos)
        ],
    }


def _plain(value: object) -> str:
    if isinstance(value, list):
        return printable("; ".join(", ".join(item) for item in value)) or "none"
    return printable(str(value))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="splitlib", description=splitlib.__doc__)
    parser.add_argument("--version", action="version", version=splitlib.__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in _COMMANDS:
        add(commands)
    return parser


def _add_info(commands: Any) -> None:  # noqa: ANN401 - argparse gives it no public name
    command = _command(commands, "info", info, "splitlib info labels.slp")
    command.add_argument("labels", type=Path, help="a .slp file")
    _add_json(command)


def _add_split(commands: Any) -> None:  # noqa: ANN401 - argparse gives it no public name
    command = _command(commands, "split", split, "splitlib split labels.slp splits --seed 42")
    command.add_argument("labels", type=Path, help="the .slp file to split")
    command.add_argument("output", type=Path, help="folder for the split files")
    defaults = SplitParams()
    shares = defaults.fractions
    command.add_argument(
        "--fractions",
        type=float,
        nargs=3,
        metavar=("TRAIN", "VAL", "TEST"),
        default=(shares.train, shares.val, shares.test),
        help="one may be -1: all that is left (default: 0.8 0.1 0.1)",
    )
    command.add_argument("--seed", type=int, default=defaults.seed, help="(default: %(default)s)")
    _add_grouping(command, defaults)
    _add_continuity(command, defaults)
    command.add_argument(
        "--from-index",
        type=Path,
        metavar="PATH",
        help="take the frames from index files (a folder), lists of positions or a training config"
        " of SLEAP (a JSON file), as they are",
    )
    command.add_argument(
        "--predicted", action="store_true", help="predicted instances make examples too"
    )
    _add_json(command)


def _add_grouping(command: argparse.ArgumentParser, defaults: SplitParams) -> None:
    command.add_argument(
        "--groups",
        default=defaults.groups,
        help="what is never torn apart: frame, block, video, track, or a column of --groups-file"
        " (default: %(default)s)",
    )
    command.add_argument(
        "--block-length",
        type=int,
        default=defaults.block_length,
        help="frames of video in a block (default: %(default)s)",
    )
    command.add_argument(
        "--gap",
        type=int,
        default=defaults.gap,
        help="frames of video left unused between splits (default: %(default)s)",
    )
    command.add_argument(
        "--stratify",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="what is spread evenly: video, n_instances, or columns of --groups-file",
    )
    command.add_argument(
        "--hold-out",
        nargs="+",
        action="extend",
        type=_held,
        default=[],
        metavar="SPLIT=PATTERN",
        help="videos that must land in a split, such as 'test=*mouse3*'",
    )
    command.add_argument("--groups-file", metavar="CSV", help="columns for each video")


def _add_continuity(command: argparse.ArgumentParser, defaults: SplitParams) -> None:
    command.add_argument(
        "--assignment",
        choices=("exact", "stable"),
        default=defaults.assignment,
        help="stable: no frame moves when others are added (default: %(default)s)",
    )
    command.add_argument("--lock", metavar="FOLDER", help="earlier index files: what is in, stays")
    command.add_argument("--fold", type=int, help="which of the folds is tested on, from 0")
    command.add_argument("--n-folds", type=_folds, help="number of folds, or all")


def _add_verify(commands: Any) -> None:  # noqa: ANN401 - argparse gives it no public name
    command = _command(commands, "verify", verify, "splitlib verify labels.slp splits")
    command.add_argument("labels", type=Path, help="the .slp file that was split")
    command.add_argument("splits", type=Path, help="the folder of the split files")
    _add_json(command)


def _add_audit(commands: Any) -> None:  # noqa: ANN401 - argparse gives it no public name
    command = _command(commands, "audit", audit_splits, "splitlib audit labels.slp splits")
    command.add_argument("source", help="the .slp file that was split; - for none")
    command.add_argument(
        "splits",
        type=Path,
        nargs="+",
        help="the folder of the split files, or the files, of any tool, the training split first",
    )
    command.add_argument(
        "--no-images", action="store_true", help="do not decode images to find copies"
    )
    command.add_argument(
        "--min-distance",
        type=int,
        default=AuditParams().min_distance,
        help="frames of video that held-out frames are away from training (default: %(default)s)",
    )
    command.add_argument(
        "--report", type=Path, metavar="FOLDER", help="write pictures and report.html there"
    )
    _add_json(command)


def _add_merge(commands: Any) -> None:  # noqa: ANN401 - argparse gives it no public name
    command = _command(
        commands, "merge", merge, "splitlib merge labels.train.slp labels.val.slp -o labels.slp"
    )
    command.add_argument("splits", type=Path, nargs="+", help="the split files")
    command.add_argument("-o", "--output", type=Path, required=True, help="the .slp file to write")


def _add_preview(commands: Any) -> None:  # noqa: ANN401 - argparse gives it no public name
    command = _command(commands, "preview", preview, "splitlib preview labels.slp -o preview.png")
    command.add_argument("labels", help="a .slp file, such as splits/train.slp, or an export")
    command.add_argument("-o", "--output", type=_png, required=True, help="the PNG to write")
    command.add_argument(
        "--params",
        type=Path,
        default=Path("params.yaml"),
        help="what the model is fed (default: %(default)s)",
    )
    command.add_argument(
        "--plain", action="store_true", help="examples as they are, in the order of the labels"
    )
    _add_videos(command)


def _png(name: str) -> Path:
    if not name.lower().endswith(".png"):
        msg = f"{name}: pictures are PNG; use a name that ends in .png"
        raise argparse.ArgumentTypeError(msg)
    return Path(name)


def _add_convert(commands: Any) -> None:  # noqa: ANN401 - argparse gives it no public name
    command = _command(
        commands, "convert", convert_labels, "splitlib convert labels.slp labels.pkg.slp"
    )
    command.add_argument("source", type=Path, help="labels, in any format that sleap-io reads")
    command.add_argument("output", type=Path, help="the .slp file to write")
    command.add_argument(
        "--videos", type=Path, nargs="*", default=[], help="folders to look for videos in"
    )


def _add_export(commands: Any) -> None:  # noqa: ANN401 - argparse gives it no public name
    command = _command(commands, "export", export, "splitlib export splits/train.slp exports/train")
    command.add_argument("split", type=Path, help="the .slp file of a split")
    command.add_argument(
        "output", metavar="folder", help="where to write: any path of tf.io.gfile, such as gs://..."
    )
    command.add_argument(
        "--params",
        type=Path,
        default=Path("params.yaml"),
        help="says which frames are examples (default: %(default)s)",
    )
    command.add_argument(
        "--shards", type=int, metavar="N", help="number of files (default: files of some 128 MiB)"
    )
    _add_videos(command)


def _command(
    commands: Any,  # noqa: ANN401 - argparse gives it no public name
    name: str,
    run: Any,  # noqa: ANN401 - a function of the arguments
    example: str,
) -> argparse.ArgumentParser:
    doc = (run.__doc__ or "").strip()
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=doc.rstrip("."), description=doc, epilog=f"example: {example}"
    )
    command.set_defaults(run=run)
    return command


def _add_videos(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--videos",
        type=Path,
        nargs="*",
        metavar="FOLDER",
        help="where to look for plain videos (default: beside labels.path of the params)",
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


_COMMANDS = (
    _add_info,
    _add_split,
    _add_verify,
    _add_audit,
    _add_merge,
    _add_preview,
    _add_convert,
    _add_export,
)


if __name__ == "__main__":
    sys.exit(main())
