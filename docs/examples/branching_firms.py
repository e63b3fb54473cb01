"""Your own economy of firms that adjust capital and labor, in one file: a CES technology, and firing that costs more.

As in Bloom et al. (2018) uncertainty comes and goes, and adjusting labor takes a share of output. Output is a CES of
capital and labor with decreasing returns,

    y = z eps (alpha k^rho + (1 - alpha) n^rho)^(gamma / rho),

hiring takes less of the wage than firing, and households hold log C - theta N. Nodes, ranges and the rest point follow.
"""

from dataclasses import dataclass

import numpy as np

from hetkeras.contracts.branching_firms import AdjustmentCosts, BranchingFirms
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.regime_chain import RegimeChain


@dataclass(frozen=True)
class BranchingCES(BranchingFirms):
    discount_factor: float = 0.96  # beta
    depreciation: float = 0.12  # delta_k
    separation: float = 0.25  # delta_n
    leisure_weight: float = 2.0  # theta
    capital_weight: float = 0.35  # alpha
    substitution: float = -0.3  # rho, below 0 for less than unit elasticity
    returns: float = 0.75  # gamma
    resale_loss: float = 0.3  # S
    fixed_labor_cost: float = 0.03  # F^L, share of output
    hiring_cost: float = 0.04  # share of the wage
    firing_cost: float = 0.12  # share of the wage
    persistence: float = 0.85  # rho, of both productivities
    leaves_low: float = 0.1  # probability that uncertainty rises
    leaves_high: float = 0.25  # that it falls

    def violations(self):
        if not 0 < self.returns < 1:
            yield f"returns is {self.returns}; expected strictly between 0 and 1, or firms have no optimal size"
        if self.substitution == 0 or self.substitution >= 1:
            yield f"substitution is {self.substitution}; expected below 1 and not 0"

    @property
    def idiosyncratic_chain(self):
        return RegimeChain.tauchen(3, self.persistence, (0.06, 0.15), 1.5).exp()

    @property
    def productivity_chain(self):
        return RegimeChain.tauchen(2, self.persistence, (0.01, 0.015), 1.0).exp()

    @property
    def regimes(self):
        rows = [[1 - self.leaves_low, self.leaves_low], [self.leaves_high, 1 - self.leaves_high]]
        return MarkovChain(np.arange(2.0), np.array(rows))

    def output(self, idiosyncratic, capital, labor, aggregate):
        weights, power = (self.capital_weight, 1 - self.capital_weight), self.substitution
        inputs = weights[0] * capital**power + weights[1] * labor**power
        return idiosyncratic * aggregate * inputs ** (self.returns / power)

    @property
    def adjustment_costs(self):
        return AdjustmentCosts(
            fixed_labor=self.fixed_labor_cost,
            selling=self.resale_loss,
            hiring=self.hiring_cost,
            firing=self.firing_cost,
        )

    def consumption(self, price):
        return 1 / price
