"""Production networks that several tests share."""

import numpy as np
import pytest

from hetkeras.models.production_network import ProductionNetwork

DATA = "/work/shared/reference/vlw_37_sectors.npz"


def random_network(count=3, num_factors=1, seed=0, **changes):
    """Sectors that differ in everything; some links are worth having, some are not."""
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.1, 0.4, (count, count))
    consumption = rng.uniform(0.5, 1, count)
    fields = {
        "num_sectors": count,
        "num_factors": num_factors,
        "shares": 0.6 * shares / shares.sum(1, keepdims=True),
        "consumption_shares": consumption / consumption.sum(),
        "mean_productivity": np.linspace(-0.25, 0.1, count),
        "productivity_loadings": 0.1 * rng.uniform(-0.5, 1, (count, num_factors)),
        "sector_penalty": rng.uniform(0.5, 1, count),
        "link_penalty": rng.uniform(1, 2, (count, count)),
    }
    given = {name: tuple(np.ravel(part).tolist()) if np.ndim(part) else part for name, part in fields.items()}
    return ProductionNetwork(**given | changes)


def star_network(suppliers=36, **changes):
    """The hub is sector 0: the star of the notes."""
    count = suppliers + 1
    shares = np.zeros((count, count))
    shares[0, 1:] = 0.6 / suppliers
    fields = {
        "num_sectors": count,
        "reversion": 0.3,
        "shares": tuple(shares.ravel().tolist()),
        "consumption_shares": (0.3, *[0.7 / suppliers] * suppliers),
        "mean_productivity": (0.0, *[-0.25] * suppliers),
        "num_factors": 1,
        "productivity_loadings": (0.1,),
    }
    return ProductionNetwork(**fields | changes)


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
