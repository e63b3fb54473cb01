"""How the page of a network of links speaks of those who decide, of the ends of a link and of time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.published import published, regime_name

PLAN, GAME = "ProductionNetwork", "LinkFormationGame"  # our models; in the second, delegates decide
PLANNER, DELEGATE, PAIR = "planner", "delegate", "pair"  # who decides
UNITS = {PLANNER: "% of consumption", DELEGATE: "% of its unit cost", PAIR: "% of both unit costs"}


@dataclasses.dataclass(frozen=True)
class Words:
    """Words of one page.

    who: decides. unit: of what a link is worth to who decides. node: either end of a link. ours: whether the model is
    the one of the paper, whose time is in years.
    """

    who: str = "decision maker"
    unit: str = "%"
    node: str = "node"
    ours: bool = False

    @property
    def time(self) -> str:
        """What time is counted in."""
        return "year" if self.ours else "time"

    @property
    def start(self) -> str:
        """When a path starts."""
        return "In year 0" if self.ours else "At time 0"

    @property
    def since(self) -> str:
        """Axis of time of an answer."""
        return "years after the fall" if self.ours else "time after the fall"


def network_words(directory: Path) -> Words:
    """Returns the words for a run; those of a model of somebody's own are neutral or the model's."""
    metadata = read_metadata(directory)
    if not published(directory, PLAN, GAME):
        return Words(node=regime_name(metadata) or "node")
    who = PLANNER
    if metadata.get("model") == GAME:
        who = PAIR if metadata["calibration"]["joint"] else DELEGATE
    return Words(who, UNITS[who], "sector", ours=True)
