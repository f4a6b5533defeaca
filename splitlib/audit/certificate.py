"""A certificate of a split: what was split and how, what the audit found, how to check it again.

Everything in it is computed from the labels, the splits and their indexes. So whoever has these
computes it again, and any change of a frame shows.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import splitlib
from splitlib.audit.checks import FAIL, Check
from splitlib.audit.claimed import Claimed
from splitlib.audit.data_card import data_card
from splitlib.audit.findings import Findings
from splitlib.audit.report import verdict
from splitlib.errors import JsonFileError, SplitError
from splitlib.files import sha256_of
from splitlib.jsonfile import read_json, write_json
from splitlib.page.render import page_text, write_page
from splitlib.params import AuditParams, checked_section, params_dict
from splitlib.split.claim import CLAIMS, claim_of
from splitlib.split.index import SourceId, SplitIndex
from splitlib.split.open_labels import source_ids

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
        SplitError: The labels that were split are not named, a split has no index or lies
            elsewhere, the split makes no claim or another one, or a check failed.
    """
    splits, source, claimed = found.splits, found.splits.source, found.claimed
    index = splits.indexes[0]
    folders = {part.path.parent for part in splits.parts}
    is_ours = all(splits.indexes) and len(folders) == 1
    if source is None or index is None or claimed is None or not is_ours:
        msg = (
            "a certificate is of labels and of the splits and indexes that splitlib wrote of them"
            " into one folder, such as `splitlib audit labels.slp splits --certificate splits`"
        )
        raise SplitError(msg)
    failed = [f"{check.name}: {check.finding}" for check in checks if check.verdict == FAIL]
    if failed:
        msg = "\n".join(["there is no certificate for a split whose audit failed:", *failed])
        raise SplitError(msg)
    _refuse_other_claims(claimed, index)
    return {
        "encoding-type": ENCODING_TYPE,
        "encoding-version": ENCODING_VERSION,
        "splitlib": splitlib.__version__,
        "claim": {"name": claimed.claim, "text": CLAIMS[claimed.claim]},
        "verdict": verdict(list(checks)),
        "sources": [
            {"file": one.file, "n_frames": one.n_frames, "sha256": one.sha256}
            for one in source_ids(source, sources)
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


def _refuse_other_claims(claimed: Claimed, index: SplitIndex) -> None:
    """Refuse a claim that nobody checked, and one that is not that of the split."""
    own = claim_of(index.params)
    if claimed.unknown:
        msg = (
            f"there is no certificate for a claim that was not checked ({claimed.claim}):"
            f" {claimed.unknown} Name them, or split again and claim less (--claim)"
        )
        raise SplitError(msg)
    if claimed.claim != own:
        msg = (
            f"the split claims {own}, and a certificate of {claimed.claim} could not be checked"
            f" again; split again with --claim {claimed.claim}"
        )
        raise SplitError(msg)


def check_command(value: Certificate, folder: str = "splits") -> str:
    """The command that checks a certificate again, with the files in the present folder."""
    labels = " ".join(shlex.quote(source["file"]) for source in value["sources"])
    return f"splitlib verify {labels} {folder} --certificate {folder}/{NAMES[0]}"


def write_certificate(folder: Path, value: Certificate, splits: Path) -> None:
    """Write certificate.json, certificate.html, and the data card of the files in `splits`."""
    texts = {"title": "Certificate of a split", "command": check_command(value)}
    page = page_text("audit", "certificate.html.jinja", {**texts, "value": value})
    card = data_card(value, splits)
    write_json(folder / NAMES[0], value)
    write_page(folder / NAMES[1], page)
    write_json(folder / NAMES[2], card)


def read_certificate(path: Path) -> dict[str, Any]:
    """Read certificate.json.

    Raises:
        JsonFileError: The file is no certificate, or one of another version.
    """
    value = read_json(path)
    found = value if isinstance(value, dict) else {}
    kind = found.get("encoding-type")
    is_ours = kind == ENCODING_TYPE and found.get("encoding-version") == ENCODING_VERSION
    if not is_ours or not isinstance(found.get("audit"), dict):
        msg = (
            f"{path}: expected a certificate of version {ENCODING_VERSION}, as `splitlib audit"
            f" --certificate` writes it, found"
            f" {'one that lacks audit' if is_ours else kind or 'another kind of file'}"
        )
        raise JsonFileError(msg)
    return found


def audit_params_of(value: Certificate, path: Path) -> AuditParams:
    """What the audit of a certificate asked for.

    Raises:
        ParamsError: The certificate was edited, and asks for what an audit cannot do.
    """
    return checked_section(AuditParams, value["audit"], str(path))


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
