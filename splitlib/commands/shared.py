"""What the commands share: how they end, how their help ends, and options of several of them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import click
from click.core import ParameterSource

from splitlib.commands.many_values import ManyValues, one_value_each
from splitlib.errors import SplitlibError
from splitlib.unfinished.outcome import Outcome, watched

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of the signal, as shells count."""

NOBODY_READS = 141
"""Exit code where the reader of the output has ended, such as `head`; likewise."""

Function = TypeVar("Function", bound=Callable[..., Any])

PATH = click.Path(path_type=Path, readable=False)
"""A path that may or may not exist. The library says what is wrong with a file."""

TEXT_PATH = click.Path(readable=False)
"""A path as text: it may name what is no file of this machine, such as gs://..."""


class Failed(click.ClickException):
    """A command failed; the message is all that is printed."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message."""
        print(self.message, file=file or sys.stderr)


class NotJudged(Failed):
    """A command whose exit code 1 is a verdict came to none."""

    exit_code = 2


class Interrupted(Failed):
    """Somebody pressed Ctrl-C."""

    exit_code = INTERRUPTED


class Command(click.Command):
    """A command that fails with one message, and whose help ends with a command line.

    An error is exit code 1; 2 where `judges` says that 1 is a verdict.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - click's
        example: str,
        judges: bool = False,
        **kwargs: Any,  # noqa: ANN401 - click's
    ) -> None:
        super().__init__(*args, **kwargs)
        self.example = example
        self.judges = judges

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; an option may be followed by several values."""
        try:
            return super().parse_args(ctx, one_value_each(ctx, args))
        except click.UsageError as err:
            err.ctx = err.ctx or ctx  # click leaves it out, and with it the usage, here and there
            raise

    def invoke(self, ctx: click.Context) -> None:
        """Run the command.

        Raises:
            Failed: It could not do what it was asked for.
        """
        with watched() as outcome:
            self._invoke(ctx, outcome)

    def _invoke(self, ctx: click.Context, outcome: Outcome) -> None:
        try:
            super().invoke(ctx)
            print(end="", flush=True)  # a full disk is noticed here, and not when Python ends
        except KeyboardInterrupt as err:
            # terminals show ^C, and the message goes below it
            line_end = "\n" * sys.stderr.isatty()
            msg = f"{line_end}{ctx.command_path}: interrupted; {outcome}. Type the command again."
            raise Interrupted(msg) from err
        except BrokenPipeError:
            write_nowhere()
            ctx.exit(NOBODY_READS)
        except (SplitlibError, OSError) as err:
            msg = f"{ctx.command_path}: {err}{outcome.after(err)}"
            raise (NotJudged(msg) if self.judges else Failed(msg)) from err

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example on one line, to be copied."""
        with formatter.section("Example"):
            formatter.write(f"{'':{formatter.current_indent}}{self.example}\n")


def write_nowhere() -> None:
    """Lead output that cannot be written to nowhere: Python would try again when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def labels_argument(help_text: str) -> Callable[[Function], Function]:
    """Add the labels files, one at least, before another argument."""
    return click.argument(
        "labels", type=PATH, nargs=-1, metavar="LABELS...", callback=_at_least_one, help=help_text
    )


def _at_least_one(
    ctx: click.Context, param: click.Parameter, value: tuple[Path, ...]
) -> tuple[Path, ...]:
    """A single argument is taken for the last one."""
    last = [each for each in ctx.command.params if isinstance(each, click.Argument)][-1]
    if not value and last is not param and not ctx.resilient_parsing:
        msg = f"Missing argument {last.make_metavar(ctx)!r}; labels files come before it."
        raise click.UsageError(msg, ctx)
    return value


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
"""Add `--json`."""


def end_with(code: int) -> None:
    """End the command with an exit code that is a verdict, after what it printed is written."""
    print(end="", flush=True)
    click.get_current_context().exit(code)


def params_option(help_text: str) -> Callable[[Function], Function]:
    """Add `--params`, the params file."""
    return click.option(
        "--params", "params_path", type=PATH, default="params.yaml", metavar="PATH", help=help_text
    )


def videos_option(help_text: str) -> Callable[[Function], Function]:
    """Add `--videos`, any number of folders; None where it is not given."""
    return click.option(
        "--videos",
        cls=ManyValues,
        may_be_empty=True,
        type=TEXT_PATH,
        metavar="[FOLDER ...]",
        callback=_folders,
        help=help_text,
    )


def _folders(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[Path, ...] | None:
    if ctx.get_parameter_source(str(param.name)) is not ParameterSource.COMMANDLINE:
        return None
    return tuple(Path(name) for name in value if name)
