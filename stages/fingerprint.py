"""Bring in the files that params.yaml names: convert labels, and write fingerprints of all files.

Labels of other formats than .slp are converted where they changed. Other stages depend on the
fingerprints and on the converted labels alone.
"""

from collections.abc import Sequence
from pathlib import Path

from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.fingerprint.watched_files import fingerprints
from splitlib.formats.converted_files import keep_converted
from splitlib.jsonfile import write_json
from splitlib.params import load_params
from stages.command import parse_arguments, run


def main(argv: Sequence[str] | None = None) -> None:
    """Write labels in converted, and labels.json, split.json and videos.json in fingerprints."""
    params = load_params(parse_arguments(__doc__, argv))
    folder = Path("fingerprints")
    hashes = FileHashes(folder / "hashes.json")
    skip_missing = params.labels.missing == "skip"
    made = keep_converted(params.labels.path, hashes.whole, skip_missing=skip_missing)
    for source, (path, converted) in made.items():
        converted.warn_of_left_out(source)
        print(f"{source} is converted: {converted.summary(path)}")
    for name, value in fingerprints(params, Path("splits"), hashes).items():
        write_json(folder / f"{name}.json", value)
    hashes.remember()


if __name__ == "__main__":
    run(main)
