"""Production networks that several tests share."""

import numpy as np
import pytest

from hetkeras.exact_tables import small_table, star_table
from hetkeras.models.production_network import ProductionNetwork

DATA = "/work/shared/reference/vlw_37_sectors.npz"


def random_network(count=3, num_factors=1, seed=0, **changes):
    """Sectors that differ in everything; some links are worth having, some are not."""
    return ProductionNetwork(**small_table(count, num_factors, seed) | changes)


def star_network(suppliers=36, **changes):
    """The hub is sector 0: the star of the notes."""
    return ProductionNetwork(**star_table(suppliers + 1) | changes)


def networks_and_states(model, count=20, seed=0):
    """Links [B, N, N], active sectors [B] and factors [B, M] within two standard deviations."""
    rng, size = np.random.default_rng(seed), model.num_sectors
    links = (rng.uniform(size=(count, size, size)) < rng.uniform(size=(count, 1, 1))) | np.eye(size, dtype=bool)
    spread = (2 * model.reversion) ** -0.5
    factors = spread * np.clip(rng.normal(size=(count, model.num_factors)), -2, 2)
    return links.astype(float), rng.integers(0, size, count), factors


def data():
    """The file of 37 sectors, where it is at hand."""
    try:
        return np.load(DATA)
    except FileNotFoundError:
        pytest.skip(f"{DATA} is not at hand")
