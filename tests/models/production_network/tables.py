"""Facts of an input-output table, and those of the synthetic one."""

import numpy as np


def facts(fields):
    count = fields["num_sectors"]
    shares = np.reshape(fields["shares"], (count, count))
    sums, beta = shares.sum(1), np.array(fields["consumption_shares"])
    domar = np.linalg.solve(np.eye(count) - shares.T, beta)
    loadings = np.reshape(fields["productivity_loadings"], (count, -1))
    return {
        "least": sums.min(),
        "mean": sums.mean(),
        "largest": sums.max(),
        "own": np.diag(shares).mean(),
        "radius": np.abs(np.linalg.eigvals(shares)).max(),
        "domar": domar.sum(),
        "volatility": np.linalg.norm(domar @ loadings),
        "zeros": (shares == 0).sum(),
    }


KNOWN = {"least": 0.233, "mean": 0.500, "largest": 0.809, "own": 0.107, "radius": 0.491, "domar": 1.8586}
KNOWN |= {"volatility": 0.0139, "zeros": 7}
