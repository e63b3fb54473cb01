"""Your own economy of lumpy firms in one file: maintenance, and costs of adjusting that are more often small.

As in Khan and Thomas (2008) firms make y = z eps k^alpha n^nu, choose their capital at a random cost xi in labor, and
goods clear at p = 1 / C; the wage is w = phi / p. Two things differ. A firm that does not choose replaces a share m of
what wears out, so that its capital falls to (1 - delta + m delta) k and it invests m delta k. And the distribution of
the cost is (xi / xi_bar)^a. No derivative, friction, steady state or range is written down: they follow.
"""

from dataclasses import dataclass

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.numerics.markov_chain import MarkovChain


@dataclass(frozen=True)
class LumpyFirms(PriceTakingFirms):
    discount_factor: float = 0.96  # beta
    depreciation: float = 0.08  # delta
    maintenance: float = 0.3  # m
    capital_share: float = 0.26  # alpha
    labor_share: float = 0.6  # nu
    leisure_weight: float = 2.3  # phi
    largest_cost: float = 0.02  # xi_bar, units of labor
    cost_power: float = 0.6  # a
    persistence: float = 0.86  # rho, of both productivities
    aggregate_volatility: float = 0.014  # sigma_z
    idiosyncratic_volatility: float = 0.03  # sigma_eps

    def violations(self):
        if not 0 <= self.maintenance < 1:
            yield f"maintenance is {self.maintenance}; expected from 0 to below 1"
        if not self.capital_share + self.labor_share < 1:
            yield f"capital_share + labor_share is {self.capital_share + self.labor_share}; expected below 1"

    @property
    def idiosyncratic_chain(self):
        return MarkovChain.tauchen(5, self.persistence, self.idiosyncratic_volatility, 2.0).exp()

    @property
    def aggregate_chain(self):
        return MarkovChain.tauchen(3, self.persistence, self.aggregate_volatility, 1.5).exp()

    def labor(self, idiosyncratic, capital, aggregate, price):
        wage, product = self.leisure_weight / price, idiosyncratic * aggregate * capital**self.capital_share
        return (self.labor_share * product / wage) ** (1 / (1 - self.labor_share))

    def output(self, idiosyncratic, capital, aggregate, price):
        labor = self.labor(idiosyncratic, capital, aggregate, price)
        return idiosyncratic * aggregate * capital**self.capital_share * labor**self.labor_share

    def unadjusted_capital(self, capital):
        return (1 - (1 - self.maintenance) * self.depreciation) * capital

    def cost_distribution(self, cost):
        return (cost / self.largest_cost) ** self.cost_power

    def consumption(self, price):
        return 1 / price
