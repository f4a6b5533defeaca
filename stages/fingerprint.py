"""Bring in the files that params.yaml names: convert labels, and write fingerprints of all files.

Labels of other formats than .slp are converted where they changed. Other stages depend on the
fingerprints and on the converted labels alone.
"""

from collections.abc import Sequence
from pathlib import Path

from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.fingerprint.watched_files import fingerprints
from splitlib.jsonfile import write_json
from splitlib.params import LabelsParams, load_params
from splitlib.slp.labels_files import MEMORY, converted_files
from stages.command import parse_arguments, run


def main(argv: Sequence[str] | None = None) -> None:
    """Write labels in converted, and a JSON file for each purpose in fingerprints."""
    params = load_params(parse_arguments(__doc__, argv))
    folder = Path("fingerprints")
    hashes = FileHashes(folder / "hashes.json")
    if converted_files(params.labels.path) or not is_empty(MEMORY):
        convert_others(params.labels, hashes)
    for name, value in fingerprints(params, Path("splits"), hashes).items():
        write_json(folder / f"{name}.json", value)
    hashes.remember()


def is_empty(memory: Path) -> bool:
    """Whether nothing stands in the folder of converted labels but the record that says so."""
    return memory.is_file() and memory.read_text(encoding="utf-8").strip() == "{}"


def convert_others(params: LabelsParams, hashes: FileHashes) -> None:
    """Keep converted labels up to date, and say what became of those that are converted now."""
    # what decodes pictures takes a while to load, and this stage runs always
    from splitlib.formats.converted_files import keep_converted

    skip_missing = params.missing == "skip"
    made = keep_converted(params.path, hashes.whole, skip_missing=skip_missing)
    for source, (path, converted) in made.items():
        converted.warn_of_left_out(source)
        print(f"{source} is converted: {converted.summary(path)}")


if __name__ == "__main__":
    run(main)
