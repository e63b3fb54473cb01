"""What leaves the method of households: what they consume and save at the rate that clears the market.

Rows are households. Incomes come as levels of the chain and count as the nearest; half a step beyond its ends there is
no answer, nor below the borrowing limit (see `hetkeras.missing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.methods.krusell_smith.households.endogenous_grid import terms
from hetkeras.numerics.domains import level
from hetkeras.solution import Signature, Solution

HOUSEHOLD = ("idiosyncratic", "assets")
CHOICE = ("consumption", "assets_next", "income")


def household_solution(
    model: PriceTakingHouseholds,
    nodes: np.ndarray,
    interest: tf.Variable,
    consumption: tf.Variable,
    training: Mapping[str, Any],
) -> Solution:
    """Names the functions of solved households.

    Args:
      model: the economics.
      nodes: of assets, [H].
      interest: the rate, a scalar.
      consumption: at the nodes, [E, H].
      training: how it was found, ready for JSON.
    """
    chain = model.idiosyncratic_chain

    def policy(idiosyncratic: tf.Tensor, assets: tf.Tensor) -> dict[str, tf.Tensor]:
        logs = tf.math.log(tf.constant(chain.values, assets.dtype))
        index = tf.argmin(tf.abs(tf.math.log(idiosyncratic)[:, None] - logs), -1, output_type=tf.int32)
        given = terms(model, interest.value())
        income = tf.gather(given.income, index)
        cash = given.payoff * assets + income
        wanted = _read(nodes, consumption.value(), index, assets)
        saved = tf.maximum((cash - wanted) / given.price, model.borrowing_limit)
        return {"consumption": cash - given.price * saved, "assets_next": saved, "income": income}

    signature = Signature(
        policy,
        dict.fromkeys(HOUSEHOLD, ("B",)),
        dict.fromkeys(CHOICE, ("B",)),
        tf.float64,
        domains={
            "idiosyncratic": level(chain.values),
            "assets": lambda values: values >= tf.constant(model.borrowing_limit, values.dtype),
        },
    )
    bounds = {
        "idiosyncratic": (float(chain.values.min()), float(chain.values.max())),
        "assets": (model.borrowing_limit, model.greatest_assets),
    }
    variables = [interest, consumption]
    return Solution(model, {"policy": signature}, variables, model.units, bounds, training, {"idiosyncratic": chain})


def _read(nodes: np.ndarray, values: tf.Tensor, index: tf.Tensor, assets: tf.Tensor) -> tf.Tensor:
    """Values [E, H] at the nodes, read linearly in a state [B] at assets [B]: [B]."""
    places = tf.constant(nodes, assets.dtype)
    above = tf.clip_by_value(tf.searchsorted(places, assets, side="right"), 1, len(nodes) - 1)
    left, right = (tf.gather(places, above - shift) for shift in (1, 0))
    low, high = (tf.gather_nd(values, tf.stack([index, above - shift], -1)) for shift in (1, 0))
    return low + (high - low) * ((assets - left) / (right - left))
