"""What is wrong with params, by key, in words that say what to do."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, NamedTuple, Self, TypeAlias

from pydantic_core import PydanticCustomError

Path: TypeAlias = tuple[object, ...]  # keys, and positions in lists, from the top down


NEAR = 0.8
"""How alike names are, from 0 to 1, before one counts as the other misspelt: one slip in five
letters. At 0.75 `tracking` would count as `train`."""


class Problem(NamedTuple):
    """One thing that is wrong."""

    path: Path  # where it is; () for the whole
    message: str  # what was expected and what was found
    by_rule: bool = False  # each key is right by itself, and they do not fit each other

    def below(self, *place: object) -> Self:
        """The same problem, seen from further up."""
        return self._replace(path=(*place, *self.path))

    def __str__(self) -> str:
        return f"{key_text(self.path)}: {self.message}" if self.path else self.message


REFUSED: Final = "refused"
"""The type of errors of pydantic that hold problems, as `{"problems": [...]}`."""


def refusal(problems: list[Problem]) -> PydanticCustomError:
    """The error by which a validator hands on what is wrong, with paths from where it stands."""
    return PydanticCustomError(REFUSED, REFUSED, {"problems": problems})


def key_text(path: Path) -> str:
    """A path as people write it.

    Example:
        >>> key_text(("inputs", "key_maps", 0, "image"))
        'inputs.key_maps[0].image'
    """
    parts = (f".{part}" if isinstance(part, str) else f"[{show(part)}]" for part in path)
    return "".join(parts).removeprefix(".")


def show(value: object) -> str:
    """A value as it stands in YAML, in at most some 60 characters.

    Aliases let a short file hold an enormous value, so nested ones are only named.

    Example:
        >>> show(None), show("blok"), show([1.1, 0.9]), show([[]])
        ('null', "'blok'", '[1.1, 0.9]', 'a list of 1')
    """
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case dict():
            return "a mapping" if value else "{}"
        case int() if value.bit_length() > 200:  # too many digits to be read, or even written
            return f"a whole number of {value.bit_length()} bits"
        case list() | tuple() if len(value) > 4 or any(isinstance(v, list | dict) for v in value):
            return f"a list of {len(value)}"
        case list() | tuple():
            return f"[{', '.join(map(show, value))}]"
        case str() if len(value) > 60:
            return f"{value[:60]!r}..."
        case _:
            return repr(value)


def listing(names: Iterable[object], last: str = "or") -> str:
    """Names as a sentence has them.

    Example:
        >>> listing(["train", "val", "test"])
        'train, val or test'
    """
    *before, final = map(str, names)
    return f"{', '.join(before)} {last} {final}" if before else final


def did_you_mean(word: object, names: Iterable[object]) -> str:
    """The end of a message that offers the nearest name, or "" where none is near.

    Example:
        >>> did_you_mean("gruops", ["groups", "gap"])
        "; did you mean 'groups'?"
    """
    if not isinstance(word, str):
        return ""
    near = get_close_matches(word, [name for name in names if isinstance(name, str)], n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def unknown_key(key: object, keys: Iterable[str]) -> str:
    """The message about a key that is none of `keys`; no keys at all stand for any text."""
    keys = list(keys)
    if not keys:
        return f"expected text as a key, got {show(key)}"
    return "unknown key" + (did_you_mean(key, keys) or f"; there are {listing(keys, 'and')}")


def near_section(name: object, sections: Iterable[str]) -> bool:
    """Whether a section at the top of a file may be a slip of the pen for one of `sections`.

    A name of several words (`train_tracker`), or one that begins with `x-`, is meant as it stands.

    Example:
        >>> [near_section(name, ["train"]) for name in ("trian", "training", "tracking", "x-train")]
        [True, True, False, False]
    """
    if not isinstance(name, str) or not name.isalpha():
        return False
    word = name.casefold()
    begins = any(word.startswith(section) for section in sections)
    return begins or bool(get_close_matches(word, sections, cutoff=NEAR))
