"""What a page is made of; `template.html` knows how each kind of block looks."""

from __future__ import annotations

import base64
import dataclasses
import itertools
from typing import ClassVar, Literal

from matplotlib.figure import Figure

from hetkeras.report.parts.figures import to_png

Tone = Literal["", "good", "bad", "heading"]


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell: mark is the letter of a footnote, link an address relative to the page, below a second, small line."""

    text: str
    tone: Tone = ""
    mark: str = ""
    link: str = ""
    below: str = ""


@dataclasses.dataclass(frozen=True)
class Table:
    """spans: (heading, columns) above the header; numbers_from: first column that is aligned right."""

    kind: ClassVar[str] = "table"
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    spans: tuple[tuple[str, int], ...] = ()
    numbers_from: int = 1

    @property
    def span_starts(self) -> tuple[int, ...]:
        """Columns at which a heading of spans begins."""
        starts = itertools.accumulate((columns for _, columns in self.spans), initial=0)
        return tuple(starts)[1:]


@dataclasses.dataclass(frozen=True)
class Text:
    """A paragraph; mark is the letter of the footnote that it is."""

    kind: ClassVar[str] = "text"
    text: str
    tone: Tone = ""
    mark: str = ""


@dataclasses.dataclass(frozen=True)
class Facts:
    """Names and values, several side by side."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, str], ...]
    title: str = ""


@dataclasses.dataclass(frozen=True)
class Code:
    """Lines to copy."""

    kind: ClassVar[str] = "code"
    text: str


@dataclasses.dataclass(frozen=True)
class Picture:
    """A figure inside the page, width in pixels; description is read aloud instead of it."""

    kind: ClassVar[str] = "picture"
    png: str
    width: int
    description: str
    caption: str


Block = Table | Facts | Text | Code | Picture


@dataclasses.dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclasses.dataclass(frozen=True)
class Page:
    """The whole page; verdict is its headline."""

    title: str
    subtitle: str
    verdict: Text
    sections: tuple[Section, ...]


def picture(figure: Figure, description: str, caption: str) -> Picture:
    """Embeds a figure."""
    png = base64.b64encode(to_png(figure)).decode("ascii")
    return Picture(png, round(96 * figure.get_figwidth()), description, caption)


def cells(*texts: str) -> tuple[Cell, ...]:
    """Returns plain cells."""
    return tuple(map(Cell, texts))


def absent(name: str, consequence: str) -> Text:
    """Returns what stands in the place of something that would be drawn from a file that is not there."""
    return Text(f"{name} is not in the directory: {consequence}.")
