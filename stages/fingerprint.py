"""Write fingerprints of the files that params.yaml names: other stages depend on these alone."""

from collections.abc import Sequence
from pathlib import Path

from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.fingerprint.watched_files import fingerprints
from splitlib.jsonfile import write_json
from splitlib.params import load_params
from stages.command import parse_arguments, run


def main(argv: Sequence[str] | None = None) -> None:
    """Write labels.json, split.json and videos.json in fingerprints."""
    params = load_params(parse_arguments(__doc__, argv))
    folder = Path("fingerprints")
    hashes = FileHashes(folder / "hashes.json")
    for name, value in fingerprints(params, Path("splits"), hashes).items():
        write_json(folder / f"{name}.json", value)
    hashes.remember()


if __name__ == "__main__":
    run(main)
