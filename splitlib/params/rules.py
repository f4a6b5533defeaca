"""What several keys must fulfil together.

Each rule takes values that are right by themselves, and gives a problem for what does not fit; the
paths start from the section that the rule belongs to.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from splitlib.params.problems import Problem, did_you_mean, listing, show

GROUPS = ("frame", "block", "video", "track", "identity")
STRATA = ("video", "n_instances", "track", "identity", "category")
AUTO = ("auto",)
"""`stratify` where it is left to the groups."""


def check_fractions(train: float, val: float, test: float) -> Iterator[Problem]:
    """At most one fraction is -1, the others add up to at most 1, and train gets frames.

    The sum is that of the decimal numbers as they are written: 0.7 + 0.2 + 0.1 is 1.
    """
    fractions = {"train": float(train), "val": float(val), "test": float(test)}
    rest = [name for name, fraction in fractions.items() if fraction == -1]
    asked = {name: fraction for name, fraction in fractions.items() if fraction != -1}
    total = sum(Fraction(repr(fraction)) for fraction in asked.values())
    terms = f"{' + '.join(map(repr, asked.values()))} = {float(total)!r}"
    if len(rest) > 1:
        yield Problem((), f"expected at most one -1, got it for {listing(rest, 'and')}")
    if total > 1:
        yield Problem((), f"expected {listing(asked, 'and')} to add up to at most 1, got {terms}")
    if rest and total == 1:
        yield Problem((rest[0],), f"expected the others to leave something for -1, got {terms}")
    if train == 0:
        yield Problem(("train",), "expected more than 0: nothing to train on otherwise, got 0")


def check_fold(fold: int | None, n_folds: int | str | None) -> Iterator[Problem]:
    """A fold and a number of folds come together, and the fold is one of them."""
    if fold is not None and n_folds is None:
        least = max(fold + 1, 2)
        message = f"expected a number of folds of at least {least}, or all, as fold is {fold}"
        yield Problem(("n_folds",), f"{message}, got null")
    if n_folds is None or (fold is not None and (n_folds == "all" or fold < int(n_folds))):
        return
    range_ = "0 or more" if n_folds == "all" else f"0 to {int(n_folds) - 1}"
    yield Problem(("fold",), f"expected {range_}, as n_folds is {n_folds}, got {show(fold)}")


def check_groups(groups: str, groups_file: str | None) -> Iterator[Problem]:
    """A group that is not known by name is a column of a file."""
    if groups_file is None and groups not in GROUPS:
        yield Problem(("groups",), _no_column(groups, GROUPS))


def check_stratify(stratify: Sequence[str], groups_file: str | None) -> Iterator[Problem]:
    """A stratum that is not known by name is a column of a file; auto stands alone."""
    if stratify == "auto" or tuple(stratify) == AUTO:
        return
    for position, name in enumerate(stratify):
        if groups_file is None and name not in STRATA:
            yield Problem(("stratify", position), _no_column(name, STRATA))


def _no_column(name: str, known: tuple[str, ...]) -> str:
    return (
        f"expected {listing(known)}, or a column of split.groups_file, which is null, "
        f"got {show(name)}{did_you_mean(name, known)}"
    )


def check_crop_stride(crop_size: int | str, output_stride: int) -> Iterator[Problem]:
    """A crop is cut into whole cells of the confidence maps; auto sees to it."""
    if isinstance(crop_size, int) and crop_size % output_stride:
        reason = f"{output_stride}, the output_stride"
        yield Problem(("crop_size",), _no_multiple(crop_size, output_stride, reason))


def check_crop_depth(crop_size: int | str, output_stride: int, depth: int) -> Iterator[Problem]:
    """A crop can be halved as often as the encoder does; auto sees to it.

    Both divisors are powers of two: the multiples of the larger one fit both.
    """
    if isinstance(crop_size, int) and crop_size % 2**depth:
        reason = f"{2**depth}, for the encoder halves it model.depth = {depth} times"
        message = _no_multiple(crop_size, max(2**depth, output_stride), reason)
        yield Problem(("inputs", "targets", "crop_size"), message)


def check_stride_depth(stride: int, depth: int, name: str = "output_stride") -> Iterator[Problem]:
    """Maps are drawn at one of the decoder's resolutions."""
    if stride > 2**depth:
        coarsest = f"{2**depth}, the coarsest level of model.depth = {depth}"
        message = f"expected at most {coarsest}, got {stride}"
        yield Problem(("inputs", "targets", name), message)


def check_paf_stride_depth(stride: int, head: str, depth: int) -> Iterator[Problem]:
    """So are part affinity fields, where a model draws them."""
    if head == "multi_instance":
        yield from check_stride_depth(stride, depth, "paf_output_stride")


def _no_multiple(found: int, step: int, reason: str) -> str:
    below = found // step * step
    sizes = listing(size for size in (below, below + step) if size)
    return f"expected a multiple of {reason}, got {found}; the nearest is {sizes}"
