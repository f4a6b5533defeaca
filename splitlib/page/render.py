"""HTML pages from the templates of this room and of others."""

import base64
from dataclasses import dataclass
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from splitlib.files import atomic_path


@dataclass(frozen=True)
class Picture:
    """A picture of a page.

    Attributes:
        title: What it shows.
        caption: How to read it; may be empty.
        data: The PNG in base64.
    """

    title: str
    caption: str
    data: str


def picture(title: str, caption: str, png: bytes) -> Picture:
    """A picture from the bytes of a PNG file."""
    return Picture(title, caption, base64.b64encode(png).decode())


def page_text(room: str, template: str, values: dict[str, object]) -> str:
    """The text of a page; the same values give the same text.

    Args:
        room: The room of the template, such as "audit".
        template: The name of the file.
        values: What the template shows. Texts are escaped; a value that is missing is an error.
    """
    # Jinja2 by itself would escape texts only in templates whose names end in ".html".
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("splitlib", room), PackageLoader("splitlib", "page")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(values)


def write_page(path: Path, text: str) -> None:
    """Write a page. A name that is no valid Unicode is shown by its escape."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))
