"""Bring in the files that params.yaml names: convert labels, and write fingerprints of all files.

Labels of other formats than .slp are converted where they changed. Other stages depend on the
fingerprints and on the converted labels alone.

Stages that `splitlib init` laid into another repository have no source of splitlib to depend on.
There, a fingerprint names the version that is installed.
"""

from collections.abc import Sequence
from pathlib import Path

from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.fingerprint.installed_package import package_fingerprint
from splitlib.fingerprint.watched_files import fingerprints
from splitlib.jsonfile import write_json
from splitlib.laying.laid_record import RECORD, check_laid
from splitlib.params import LabelsParams, load_params
from splitlib.slp.labels_files import MEMORY, converted_files
from stages.command import parse_arguments, run


def main(argv: Sequence[str] | None = None) -> None:
    """Write labels in converted, and a JSON file for each purpose in fingerprints."""
    path = parse_arguments(__doc__, argv)
    folder = Path("fingerprints")
    if Path(RECORD).is_file():
        check_laid(Path())
        write_json(folder / "splitlib.json", package_fingerprint())
    params = load_params(path)
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
