"""Your own households in one file: capital and labor are bad substitutes, and in a crisis more of them lose their jobs.

Output has a constant elasticity of substitution; marginal products follow from it. Taxes on those with jobs pay for
the others.

Solve it:    hetkeras solve docs/examples/crises.py:Crises --run_dir=runs/crises
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

import hetkeras as hk


@dataclass(frozen=True)
class Crises(hk.IsoelasticHouseholds, hk.AggregateRiskHouseholds):
    discount_factor: float = 0.95  # beta, per year
    risk_aversion: float = 2.0
    depreciation: float = 0.08
    capital_weight: float = 0.3
    substitution: float = 0.7  # elasticity
    benefit: float = 0.4  # over the wage
    borrowing_limit: float = 0.0
    greatest_assets: float = 60.0

    @property
    def aggregate_chain(self):
        return hk.MarkovChain(np.array([0.98, 1.0]), np.array([[0.6, 0.4], [0.1, 0.9]]))

    @property
    def idiosyncratic_chain(self):
        """Whoever was without a job has one again with a chance of 1 - u(z'), as everybody else."""
        without = np.array([0.08, 0.06])
        rows = np.stack([without, 1 - without], -1)  # by z'
        return hk.ConditionalChain(np.array([0.0, 1.0]), np.broadcast_to(rows[None, :, None], (2, 2, 2, 2)))

    def output(self, aggregate, capital, labor):
        power = 1 - 1 / self.substitution
        mixed = self.capital_weight * capital**power + (1 - self.capital_weight) * labor**power
        return aggregate * mixed ** (1 / power)

    def income(self, idiosyncratic, wage, labor):
        tax = self.benefit * (1 - labor) / labor
        return wage * tf.where(idiosyncratic > 0, 1 - tax, self.benefit)

    @property
    def mean_capital_bounds(self):
        return 1.5, 4.0
