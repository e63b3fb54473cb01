"""What a page is made of; `template.html` knows how each kind of block looks."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import re
from typing import ClassVar, Literal

from matplotlib.figure import Figure

from hetkeras.report.parts.figures import to_svg

SENTENCE = 60  # characters
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

    @property
    def begins_with_sentences(self) -> bool:
        """Whether rows begin with words that need the width of a small screen for themselves."""
        return any(len(row[0].text) > SENTENCE for row in self.rows)


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
    """A figure; description is read aloud instead of it."""

    kind: ClassVar[str] = "picture"
    figure: Figure
    description: str
    caption: str

    @property
    def width(self) -> int:
        """In pixels."""
        return round(96 * self.figure.get_figwidth())

    @property
    def svg(self) -> str:
        """The figure inside the page, in base64."""
        return base64.b64encode(to_svg(self.figure)).decode("ascii")


Block = Table | Facts | Text | Code | Picture


@dataclasses.dataclass(frozen=True)
class Section:
    """A heading and what stands under it; behind the line `folded`, where there is one, until a reader unfolds it."""

    title: str
    blocks: tuple[Block, ...]
    folded: str = ""


@dataclasses.dataclass(frozen=True)
class Page:
    """The whole page; verdict is its headline."""

    title: str
    subtitle: str
    verdict: Text
    sections: tuple[Section, ...]


def file_name(words: str) -> str:
    """The name of a file by a title: "Prices, by period" is prices_by_period."""
    return re.sub(r"\W+", "_", words.lower()).strip("_")


def cells(*texts: str) -> tuple[Cell, ...]:
    """Returns plain cells."""
    return tuple(map(Cell, texts))


def absent(name: str, consequence: str) -> Text:
    """Returns what stands in the place of something that would be drawn from a file that is not there."""
    return Text(f"{name} is not in the directory: {consequence}.")
