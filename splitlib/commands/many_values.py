"""Options that take several values at once: `--stratify video n_instances`."""

from collections.abc import Container, Sequence
from itertools import takewhile
from typing import Any

import click


class ManyValues(click.Option):
    """An option whose values go on until the next option; given again, it adds to them.

    click repeats the option for each value instead. `one_value_each` turns the one into the other.
    With `may_be_empty`, no value may follow. It is read as one that is empty, so that this is told
    from an option that is not given.
    """

    def __init__(self, *args: Any, may_be_empty: bool = False, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **{**kwargs, "multiple": True})
        self.may_be_empty = may_be_empty


def one_value_each(ctx: click.Context, args: Sequence[str]) -> list[str]:
    """The arguments of a command with an option for each value: `--stratify=a --stratify=b`.

    Options and positional arguments come in any order. After `--` all are positional.

    Raises:
        click.BadOptionUsage: An option stands where the value of another one is expected.
    """
    options = {
        name: param
        for param in ctx.command.get_params(ctx)
        if isinstance(param, click.Option)
        for name in param.opts
    }
    read: list[str] = []
    left = list(args)
    while left and left[0] != "--":
        name = left.pop(0)
        option = options.get(name)
        if isinstance(option, ManyValues):
            values = list(takewhile(_is_value, left))
            del left[: len(values)]
            values = values or [""] * option.may_be_empty
            if not values:
                _refuse(ctx, name)
            read += [f"{name}={value}" for value in values]
        else:
            if option and not option.is_flag and left and _is_option(left[0], options):
                _refuse(ctx, name)
            read.append(name)
    return read + left


def _is_option(arg: str, options: Container[str]) -> bool:
    return arg in options or arg.startswith("--")


def _is_value(arg: str) -> bool:
    return not arg.startswith("-") or arg == "-"


def _refuse(ctx: click.Context, name: str) -> None:
    # what is typed so far is completed, however wrong it is
    if not ctx.resilient_parsing:
        raise click.BadOptionUsage(name, f"Option {name!r} requires an argument.", ctx)
