"""What single firms choose, out of any policy."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy


class LumpyFirms(NamedTuple):
    """Firms [B]: indices of their productivity, capital, indices of the aggregate state, mean capital, prices.

    wage: None where it is no price of its own.
    """

    idiosyncratic: tf.Tensor
    capital: tf.Tensor
    aggregate: tf.Tensor
    mean_capital: tf.Tensor
    price: tf.Tensor
    wage: tf.Tensor | None = None


class LumpyChoice(NamedTuple):
    """Of firms [B], expected before the cost of adjusting is known; consumption is what households are left."""

    target_capital: tf.Tensor
    adjustment_probability: tf.Tensor
    labor: tf.Tensor
    output: tf.Tensor
    investment: tf.Tensor
    consumption: tf.Tensor


def firm_choice(model: PriceTakingFirms, policy: FirmPolicy, firms: LumpyFirms) -> LumpyChoice:
    """Choices of firms at any prices, float64 [B] each."""

    def own(table: tf.Tensor) -> tf.Tensor:
        return tf.gather(table, firms.idiosyncratic, axis=1, batch_dims=1)

    nodes = (chain.values for chain in (model.idiosyncratic_chain, model.aggregate_chain))
    levels = zip(nodes, (firms.idiosyncratic, firms.aggregate), strict=True)
    idiosyncratic, aggregate = (tf.gather(tf.constant(values), index) for values, index in levels)
    firm, paying = (idiosyncratic, firms.capital, aggregate), model.at(firms.price, firms.wage)
    outlook = policy.outlook(firms.aggregate, firms.mean_capital)
    target, stay = own(policy.target(outlook, firms.price)), model.unadjusted_capital(firms.capital)
    aimed, staying = tf.unstack(own(policy.continuation(outlook, tf.stack([target, stay], -1))), axis=-1)
    gain = aimed - staying - firms.price * (target - stay)
    share, output = paying.adjustment_probability(gain), paying.output(*firm)
    labor = paying.labor(*firm) + paying.adjustment_labor(gain)
    investment = share * target + (1 - share) * stay - model.depreciated_capital(firms.capital)
    return LumpyChoice(target, share, labor, output, investment, output - investment)
