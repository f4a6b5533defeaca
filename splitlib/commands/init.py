"""`splitlib init`: the pipeline, laid into a repository."""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from splitlib.commands.many_values import ManyValues
from splitlib.commands.shared import PATH, TEXT_PATH, Command
from splitlib.commands.show_plan import confirmed, dry_run_option, print_changes, yes_option
from splitlib.errors import LabelsFileNotFoundError
from splitlib.laying.laid_stages import STAGES
from splitlib.laying.laying_plan import plan_to_lay
from splitlib.laying.planned_files import Plan
from splitlib.laying.surroundings import how_to_start_dvc, root_with, whole_path
from splitlib.slp.container import how_to_fetch
from splitlib.slp.labels_files import labels_files


@click.command("init", cls=Command, example="splitlib init --labels data/labels.slp")
@click.argument("folder", type=PATH, default=".", help="The folder that gets the pipeline.")
@click.option(
    "--labels",
    cls=ManyValues,
    type=TEXT_PATH,
    metavar="PATH ...",
    help="Your labels of any format, for labels.path; a pattern in quotes.",
)
@click.option(
    "--until",
    type=click.Choice(STAGES[1:]),
    default="audit",
    help="The last stage: audit where training is your own, evaluate for all.",
)
@click.option(
    "--params",
    "params_name",
    show_default="params.yaml",
    metavar="NAME",
    callback=lambda _, __, value: None if value is None else checked_name(value),
    help="The params file, where another has sections of the same names.",
)
@dry_run_option
@yes_option
def command(
    folder: Path,
    labels: Sequence[str],
    until: str,
    params_name: str | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Lay the pipeline into a repository: stages, params and schema; nothing is overwritten."""
    plan = plan_to_lay(folder, until, params_name, seen_from(folder, labels))
    if not plan.changes:
        print("everything is there; nothing was written")
        return
    print_changes(plan, lines=dry_run)
    if dry_run or not confirmed(yes=yes):
        print("nothing was written")
        return
    plan.write()
    _print_next(plan, has_labels=bool(labels))


def checked_name(name: str) -> str:
    """The name of a params file, which stands in commands of dvc.yaml.

    Raises:
        click.BadParameter: It is no plain name of a YAML file.
    """
    if not re.fullmatch(r"\w[\w.-]*\.ya?ml", name) or name in ("dvc.yaml", "dvc.yml"):
        msg = f"expected the name of a file such as splitlib.yaml, got {name!r}"
        raise click.BadParameter(msg)
    return name


def seen_from(folder: Path, labels: Sequence[str]) -> list[str]:
    """Labels as they are named in the params of a folder, when they are checked.

    Those of the repository are named from the folder, so that the path holds on every machine.

    Raises:
        LabelsFileNotFoundError: Labels are not there, or a pattern matches none.
    """
    top = root_with(folder, ".git") or root_with(folder, ".dvc") or whole_path(folder)
    return [_seen_from(folder, label, top) for label in labels]


def _seen_from(folder: Path, label: str, top: Path) -> str:
    for file in labels_files(label):
        if not file.exists():
            fetch = how_to_fetch(file)
            msg = f"{file}: there is no such file of labels{fetch}. Nothing was written."
            raise LabelsFileNotFoundError(msg)
    path = whole_path(Path(label))
    if not path.is_relative_to(top):
        return path.as_posix()
    return Path(os.path.relpath(path, whole_path(folder))).as_posix()


def _print_next(plan: Plan, *, has_labels: bool) -> None:
    """Print what to type after the files are written."""
    params = plan.folder / plan.record.params
    lines = [] if plan.folder == Path() else [f"cd {shlex.quote(str(plan.folder))}"]
    if start := how_to_start_dvc(plan.folder):
        lines.append(start)
    if not has_labels and plan.is_new:
        print(f"Set labels.path in {params} to your labels; python -m splitlib.demo writes some.")
    print("Type next:")
    for line in (*lines, "dvc repro"):
        print(f"  {line}")
    if root_with(plan.folder, ".git"):
        print("Commit what is new when it is as you want it.")
