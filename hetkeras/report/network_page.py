"""Figures of a run that solves for links between sectors, from the table that lies in its directory."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hetkeras.report.content import Block, absent, picture
from hetkeras.report.network_figures import link_figure
from hetkeras.report.reading import read_columns

LINKS = "links.csv"
FILES = (LINKS,)
MAPS = {
    "worth": "worth of a link: value with it less without",
    "active": "share of time that it is there",
}


def network_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns maps of links (Figure 2 of Huang & Yu 2024) or a sentence in their place.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    if not (directory / LINKS).exists():
        return (absent(LINKS, "the maps of links are not drawn"),)
    columns = read_columns(directory / LINKS, ("user", "supplier", "share", *MAPS))
    count = int(columns["user"].max()) + 1
    where = columns["user"].astype(int), columns["supplier"].astype(int)
    moves = (columns["share"] > 0) & (where[0] != where[1])
    maps = {}
    for name, title in MAPS.items():
        table = np.full((count, count), np.nan)
        table[where] = np.where(moves, columns[name], np.nan)
        maps[title] = table
    caption = (
        "Links by the sector that buys (rows) and the one that sells (columns), averages over states that the policy "
        "goes to; grey: links that cannot move, or of sectors that were not active there."
    )
    return (picture(link_figure(maps), "Maps of links: worth, and share of time", caption),)
