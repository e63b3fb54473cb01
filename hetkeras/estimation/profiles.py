"""The distance along a parameter: held at values through the box, while the others go where they fit best."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hetkeras.estimation.search import Distance


class Profile(NamedTuple):
    """The parameter in shares of the box, [N], and the distance Q that is reached there, [N]."""

    share: np.ndarray
    distance: np.ndarray


def profile(distance: Distance, best: np.ndarray, place: int, count: int) -> Profile:
    """The profile of one parameter, from the estimate outwards: each search starts where the last one ended.

    Args:
      distance: of simulated moments to the data's.
      best: the estimate, [P] in shares of the box.
      place: of the parameter.
      count: N, points through the box; the estimate joins them.
    """
    points = np.linspace(0.0, 1.0, count)
    above, below = points[points > best[place]], points[points < best[place]][::-1]
    here = (float(best[place]), float(np.sum(distance.residuals(best) ** 2)))
    rows = [here]
    for side in (above, below):
        share = best
        for point in side:
            found = distance.search(np.where(np.arange(len(best)) == place, point, share), fixed=(place,))
            share = found.share
            rows.append((float(point), found.distance))
    shares, distances = np.array(sorted(rows)).T
    return Profile(shares, distances)
