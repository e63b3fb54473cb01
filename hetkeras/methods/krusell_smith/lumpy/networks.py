"""Networks for the value and the choices of price-taking firms, and the two losses that train them."""

from __future__ import annotations

import abc
from typing import NamedTuple

import tensorflow as tf

from hetkeras.contracts.firms_at_prices import FirmsAtPrices
from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.networks import KrusellSmithNetworks
from hetkeras.methods.krusell_smith.rules.base import ForecastRules


class FirmSample(NamedTuple):
    """States on which a step trains.

    mean_capital: [M]; capital: [M, N] of firms; noise: [M, A] relative distance of the price to the expected one.
    """

    mean_capital: tf.Tensor
    capital: tf.Tensor
    noise: tf.Tensor


class Outlook(NamedTuple):
    """aggregate: indices [B]; mean_capital and following: today's K and the K' expected of it, [B]."""

    aggregate: tf.Tensor
    mean_capital: tf.Tensor
    following: tf.Tensor


class NeuralFirms(FirmPolicy, KrusellSmithNetworks):
    """A parametrisation: what is a network, and of which inputs.

    Args:
      model: the economics.
      rules: what firms expect; their updates are seen at once.
    """

    def __init__(self, model: PriceTakingFirms, rules: ForecastRules) -> None:
        super().__init__(rules)
        self.model = model

    @abc.abstractmethod
    def value(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, capital: tf.Tensor) -> tf.Tensor:
        """Value of firms with capital [B, P] in marginal utility at the expected price, [B, E, P]."""

    @abc.abstractmethod
    def tomorrow(self, following: tf.Tensor, capital_next: tf.Tensor, slow: bool) -> tf.Tensor:
        """Tomorrow's value in all its shock states, up to a constant: [..., P, A, E] from K' [...], k' [..., P].

        Args:
          slow: whether the target network tells.
        """

    # --- choices at any price --------------------------------------------------------------------------------
    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return self.rules(aggregate, mean_capital)

    def outlook(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> Outlook:
        return Outlook(aggregate, mean_capital, self.forecast(aggregate, mean_capital)[0])

    def continuation(self, outlook: Outlook, capital_next: tf.Tensor) -> tf.Tensor:
        values = self.tomorrow(outlook.following, capital_next, slow=False)
        aggregate, idiosyncratic = self.chances(capital_next.dtype)
        expected = tf.einsum("bpcf,bc,ef->bep", values, tf.gather(aggregate, outlook.aggregate), idiosyncratic)
        return self.model.discount_factor * expected

    def firms_expecting(self, mean_capital: tf.Tensor) -> FirmsAtPrices:
        """Firms [..., P, A, E] at the prices expected in all aggregate states, from K [...]."""
        return self.model.at(*(price[..., None, :, None] for price in self.expectations(mean_capital)[1:]))

    # --- what training needs: all aggregate states at once ---------------------------------------------------
    def expectations(self, mean_capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Expected K' and p (and further prices) in all aggregate states, both [..., A] from K [...]."""
        states = tf.range(self.model.aggregate_chain.num_states)
        spread = tf.repeat(mean_capital[..., None], self.model.aggregate_chain.num_states, -1)
        return self.rules(tf.broadcast_to(states, tf.shape(spread)), spread)

    def carried(self, values: tf.Tensor) -> tf.Tensor:
        """beta E V' given today's shocks: [M, A, P, E] from values [M, A, P, A, E]."""
        return self.model.discount_factor * tf.einsum("mapcf,ac,ef->mape", values, *self.chances(values.dtype))

    def targets(self, mean_capital: tf.Tensor, following: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """Targets in all aggregate states: [M, A, E] from K [M], K' and p [M, A]."""
        shape = tf.shape(price)
        states = tf.broadcast_to(tf.range(shape[1]), shape)
        rows = (tf.reshape(t, (-1,)) for t in (states, tf.repeat(mean_capital[:, None], shape[1], 1), following))
        found = self.target(Outlook(*rows), tf.reshape(price, (-1,)))
        return tf.reshape(found, (*price.shape, found.shape[-1]))

    def reached(self, following: tf.Tensor, price: tf.Tensor, targets: tf.Tensor, slow: bool) -> tf.Tensor:
        """R(k*) = -p k* + beta E V', [M, A, E]."""
        carried = self.carried(self.tomorrow(following, targets, slow))
        return tf.linalg.diag_part(carried) - price[..., None] * targets

    def chances(self, dtype: tf.DType) -> tuple[tf.Tensor, tf.Tensor]:
        """Transition probabilities of the aggregate and the idiosyncratic chain."""
        chains = self.model.aggregate_chain, self.model.idiosyncratic_chain
        return tuple(tf.constant(chain.transition, dtype) for chain in chains)

    def shocks(self, dtype: tf.DType) -> tuple[tf.Tensor, tf.Tensor]:
        """Values of the aggregate [A, 1] and of the idiosyncratic states [E]."""
        chains = self.model.aggregate_chain, self.model.idiosyncratic_chain
        aggregate, idiosyncratic = (tf.constant(chain.values, dtype) for chain in chains)
        return aggregate[:, None], idiosyncratic
