"""The command `splitlib`: its commands, and the exit code it ends with."""

import io
import warnings
from collections.abc import Sequence
from importlib import import_module

import click

import splitlib
from splitlib.commands.shared import INTERRUPTED, NOBODY_READS, write_nowhere
from splitlib.console import printable, show_warning
from splitlib.progress import print_above

SUMMARIES = {
    "init": "Lay the pipeline into a repository: stages, params and schema; nothing is"
    " overwritten.",
    "check": "Say what is wrong with a pipeline that was laid, and what to do; nothing is written.",
    "update": "Bring stages and schema in a repository to the installed version; edited ones are"
    " left.",
    "info": "Print what labels hold, and the settings that the pipeline would take.",
    "split": "Split labels files into train, val and test files.",
    "verify": "Check that split files hold the frames of the source that their indexes name.",
    "audit": "Look for leaks between splits and for imbalance, whatever made the splits.",
    "diff": "Compare two versions of a split or of labels, and say whether their figures compare.",
    "lint": "Judge the splits that a model or dataset of any tool has; nothing is written.",
    "merge": "Put splits back into one file, or labels files of one project together.",
    "preview": "Draw examples as the model will see them: images, points, skeletons and maps.",
    "predict": "Find animals in the frames of a video or of labels with a trained model.",
    "convert": "Turn labels of any format into a .slp file with embedded frames.",
    "export": "Write splits as TFRecords, to train on anywhere, or in the format of another tool.",
}
"""What each command does. Its code is in the module of the same name."""


class Commands(click.Group):
    """A group that lists its commands by their summaries, and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of their use."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with, imported."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, None if listed is None else load_command(str(name)), rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole summaries, which click would cut to a line."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


def load_command(name: str) -> click.Command:
    """Import a command by its name."""
    command: click.Command = import_module(f"splitlib.commands.{name}").command
    return command


@click.group(
    name="splitlib",
    cls=Commands,
    help=str(splitlib.__doc__).split("\n\n")[0],
    epilog="splitlib COMMAND -h shows the options of a command, and an example.",
    commands={name: click.Command(name, help=text) for name, text in SUMMARIES.items()},
    no_args_is_help=False,  # no command is a wrong command line
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(splitlib.__version__, message="%(version)s")
def commands() -> None:
    """The command `splitlib` does nothing by itself."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit code; None takes the arguments of the process."""
    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        code = _run(argv)
    try:
        print(end="", flush=True)
    except OSError:
        write_nowhere()
        return code or NOBODY_READS
    return code


def _run(argv: Sequence[str] | None) -> int:
    try:
        code = commands.main(argv, prog_name="splitlib", standalone_mode=False)
    except click.ClickException as err:
        _show(err)
        return err.exit_code
    except click.Abort:  # while the command line was read
        return INTERRUPTED
    return code or 0


def _show(err: click.ClickException) -> None:
    """Print a message with all that is in it as plain text: it may hold the name of a file."""
    text = io.StringIO()
    err.show(text)
    print_above(printable(text.getvalue().removesuffix("\n")))
