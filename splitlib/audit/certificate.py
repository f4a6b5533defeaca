"""A certificate of a split: what was split and how, what the audit found, how to check it again.

Everything in it is computed from the labels, the splits and their indexes. So whoever has these
computes it again, and any change of a frame shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import splitlib
from splitlib.audit.checks import FAIL, Check
from splitlib.audit.data_card import data_card
from splitlib.audit.findings import Findings
from splitlib.audit.report import verdict
from splitlib.errors import JsonFileError, SplitError
from splitlib.files import sha256_of
from splitlib.jsonfile import read_json, write_json
from splitlib.page.render import page_text, write_page
from splitlib.params import AuditParams, checked_section, params_dict
from splitlib.split.claim import CLAIMS
from splitlib.split.index import SourceId

ENCODING_TYPE = "splitlib-certificate"
ENCODING_VERSION = "1.0"

NAMES = ("certificate.json", "certificate.html", "croissant.json")
"""The files of a certificate: for programs, for a person, and for portals of data."""

Certificate = Mapping[str, Any]


def certificate_of(
    found: Findings, checks: Sequence[Check], params: AuditParams, sources: Sequence[SourceId]
) -> dict[str, Any]:
    """The certificate of a split as plain values; the same files give the same values.

    Args:
        found: What the audit found.
        checks: Its verdicts.
        params: What the audit asked for.
        sources: The labels files that were split, as of `open_labels`: empty for one file.

    Raises:
        SplitError: The labels that were split are not named, a split has no index, the split makes
            no claim, or a check failed.
    """
    splits, source, claimed = found.splits, found.splits.source, found.claimed
    if source is None or not all(splits.indexes) or claimed is None:
        msg = (
            "a certificate is of labels and of the splits and indexes that splitlib wrote of them,"
            " such as `splitlib audit labels.slp splits --certificate splits`"
        )
        raise SplitError(msg)
    failed = [f"{check.name}: {check.finding}" for check in checks if check.verdict == FAIL]
    if failed:
        msg = "\n".join(["there is no certificate for a split whose audit failed:", *failed])
        raise SplitError(msg)
    index = next(one for one in splits.indexes if one)
    files = sources or [SourceId(source.path.name, sha256_of(source.path), len(source))]
    return {
        "encoding-type": ENCODING_TYPE,
        "encoding-version": ENCODING_VERSION,
        "splitlib": splitlib.__version__,
        "claim": {"name": claimed.claim, "text": CLAIMS[claimed.claim]},
        "verdict": verdict(list(checks)),
        "sources": [
            {"file": one.file, "n_frames": one.n_frames, "sha256": one.sha256} for one in files
        ],
        "splits": [
            {
                "name": name,
                "file": part.path.name,
                "n_frames": len(part),
                "n_instances": int(found.contents[at].n_instances.sum()),
                "n_videos": len(np.unique(splits.video[splits.rows(at)])),
                "sha256": sha256_of(part.path),
                "index_sha256": sha256_of(part.path.with_suffix(".json")),
            }
            for at, (name, part) in enumerate(zip(splits.names, splits.parts, strict=True))
        ],
        "params": dict(index.params),
        "audit": {key: value for key, value in params_dict(params).items() if key != "stop_on"},
        "checks": [
            {
                "name": check.name,
                "verdict": check.verdict,
                "value": round(check.value, 6),
                "finding": check.finding,
            }
            for check in checks
        ],
    }


def check_command(value: Certificate, folder: str = "splits") -> str:
    """The command that checks a certificate again, with the files in the present folder."""
    labels = " ".join(_quoted(source["file"]) for source in value["sources"])
    return f"splitlib verify {labels} {folder} --certificate {folder}/{NAMES[0]}"


def _quoted(name: str) -> str:
    return f'"{name}"' if any(letter.isspace() for letter in name) else name


def write_certificate(folder: Path, value: Certificate, splits: Path) -> None:
    """Write certificate.json, certificate.html, and the data card of the files in `splits`."""
    texts = {"title": "Certificate of a split", "command": check_command(value)}
    page = page_text("audit", "certificate.html.jinja", {**texts, "value": value})
    write_json(folder / NAMES[0], value)
    write_page(folder / NAMES[1], page)
    write_json(folder / NAMES[2], data_card(value, splits))


def read_certificate(path: Path) -> dict[str, Any]:
    """Read certificate.json.

    Raises:
        JsonFileError: The file is no certificate, or one of another version.
    """
    value = read_json(path)
    found = value if isinstance(value, dict) else {}
    kind = found.get("encoding-type")
    if kind != ENCODING_TYPE or found.get("encoding-version") != ENCODING_VERSION:
        msg = (
            f"{path}: expected a certificate of version {ENCODING_VERSION}, as `splitlib audit"
            f" --certificate` writes it, found {kind or 'another kind of file'}"
        )
        raise JsonFileError(msg)
    return found


def audit_params_of(value: Certificate, path: Path) -> AuditParams:
    """What the audit of a certificate asked for.

    Raises:
        ParamsError: The certificate was edited, and asks for what an audit cannot do.
    """
    return checked_section(AuditParams, dict(value["audit"]), str(path))


def differences(stated: Certificate, now: Certificate) -> list[str]:
    """What a certificate states that is not so now, a line for each value.

    Another version of splitlib is no difference.
    """
    return [
        f"{place}: the certificate has {old!r}, found {new!r}"
        for place, old, new in _differing("", stated, now)
        if place != "splitlib"
    ]


def _differing(place: str, stated: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    if isinstance(stated, Mapping) and isinstance(now, Mapping):
        for key in sorted({*stated, *now}, key=str):
            at = f"{place}.{key}" if place else str(key)
            yield from _differing(at, stated.get(key), now.get(key))
    elif isinstance(stated, list) and isinstance(now, list) and len(stated) == len(now):
        for number, (one, other) in enumerate(zip(stated, now, strict=True)):
            yield from _differing(f"{place}.{_name_of(one, number)}", one, other)
    elif stated != now:
        yield place, stated, now


def _name_of(item: Any, at: int) -> Any:  # noqa: ANN401
    """What tells an item of a list from the others: its name, its file, or its place."""
    return item.get("name", item.get("file", at)) if isinstance(item, Mapping) else at
