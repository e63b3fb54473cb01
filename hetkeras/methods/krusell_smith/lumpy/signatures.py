"""What leaves a Krusell-Smith method, classical or neural: the exported functions of an economy of firms.

Rows are firms for `policy` and `value`, economies for the others. Productivities come as levels and count as the
nearest node of their chain; half a step beyond its ends there is no answer, nor where capital or a price is not above
zero (see `hetkeras.missing`). Inside, everything but networks is float64: the gain from adjusting is a small
difference of large values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.lumpy.firm_choice import LumpyChoice, LumpyFirms, firm_choice
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.numerics.domains import Domain, above_zero, level
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.solution import Signature, Solution

Value = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
"""(aggregate index [B], mean capital [B], capital [B, P]) -> [B, E, P]."""


FLOWS = ("output", "investment", "consumption")  # of a firm; consumption is what it leaves for households


def firm_solution(
    model: PriceTakingFirms,
    policy: FirmPolicy,
    value: Value,
    variables: Sequence[tf.Variable],
    training: Mapping[str, Any],
) -> Solution:
    """Names the functions of a solved economy.

    Args:
      model: the economics.
      policy: choices at any price.
      value: of firms at the expected price.
      variables: everything behind policy and value.
      training: how it was found, ready for JSON.
    """
    chains, names = (model.aggregate_chain, model.idiosyncratic_chain), model.price_names
    expected = "mean_capital_next", *names

    def choose(
        idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, mean_capital: tf.Tensor, **prices: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        idiosyncratic, capital, aggregate, mean_capital = _doubles(idiosyncratic, capital, aggregate, mean_capital)
        states = _nearest(chains[1], idiosyncratic), _nearest(chains[0], aggregate)
        firms = LumpyFirms(states[0], capital, states[1], mean_capital, *_doubles(*(prices[name] for name in names)))
        return _singles(**firm_choice(model, policy, firms)._asdict())

    def worth(
        idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, mean_capital: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        idiosyncratic, capital, aggregate, mean_capital = _doubles(idiosyncratic, capital, aggregate, mean_capital)
        found = value(_nearest(chains[0], aggregate), mean_capital, capital[:, None])
        own = tf.gather(found, _nearest(chains[1], idiosyncratic), axis=1, batch_dims=1)
        return _singles(value=own[:, 0])

    def forecast(aggregate: tf.Tensor, mean_capital: tf.Tensor) -> dict[str, tf.Tensor]:
        aggregate, mean_capital = _doubles(aggregate, mean_capital)
        outcomes = policy.forecast(_nearest(chains[0], aggregate), mean_capital)
        return _singles(**dict(zip(expected, outcomes, strict=True)))

    def targets(aggregate: tf.Tensor, mean_capital: tf.Tensor, price: tf.Tensor) -> dict[str, tf.Tensor]:
        outlook = policy.outlook(_nearest(chains[0], aggregate), mean_capital)
        return {"target_capital": policy.target(outlook, price)}

    def continuation(aggregate: tf.Tensor, mean_capital: tf.Tensor, capital_next: tf.Tensor) -> dict[str, tf.Tensor]:
        outlook = policy.outlook(_nearest(chains[0], aggregate), mean_capital)
        return {"continuation_value": policy.continuation(outlook, capital_next)}

    firm, economy = ("idiosyncratic", "capital", "aggregate", "mean_capital"), ("aggregate", "mean_capital")
    domains: dict[str, Domain] = dict.fromkeys(("capital", "mean_capital", *names, "capital_next"), above_zero)
    domains |= {"aggregate": level(chains[0].values), "idiosyncratic": level(chains[1].values)}
    signatures = {
        "policy": Signature(choose, _rows(*firm, *names), _rows(*LumpyChoice._fields)),
        "value": Signature(worth, _rows(*firm), _rows("value")),
        "forecast": Signature(forecast, _rows(*economy), _rows(*expected)),
        "targets": Signature(targets, _rows(*economy, "price"), {"target_capital": ("B", "E")}, tf.float64),
        "continuation": Signature(
            continuation,
            {**_rows(*economy), "capital_next": ("B", "P")},
            {"continuation_value": ("B", "E", "P")},
            tf.float64,
        ),
    }
    signatures = {name: dataclasses.replace(each, domains=domains) for name, each in signatures.items()}
    bounds = {"capital": model.capital_bounds, "mean_capital": model.mean_capital_bounds}
    for name, chain in zip(("aggregate", "idiosyncratic"), chains, strict=True):
        bounds[name] = float(chain.values[0]), float(chain.values[-1])
    named = {"aggregate": chains[0], "idiosyncratic": chains[1]}
    return Solution(model, signatures, variables, units(model), bounds, training, named)


def units(model: PriceTakingFirms) -> dict[str, str]:
    """Units of everything named, those of a firm's flows by default goods."""
    return {**dict.fromkeys(FLOWS, "goods per firm, expected before its cost is known"), **model.units}


def _nearest(chain: MarkovChain, levels: tf.Tensor) -> tf.Tensor:
    """Index of the nearest node in logs, [B]."""
    nodes = tf.math.log(tf.constant(chain.values, levels.dtype))
    return tf.argmin(tf.abs(tf.math.log(levels)[..., None] - nodes), -1, output_type=tf.int32)


def _rows(*names: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names, ("B",))


def _doubles(*tensors: tf.Tensor) -> tuple[tf.Tensor, ...]:
    return tuple(tf.cast(tensor, tf.float64) for tensor in tensors)


def _singles(**tensors: tf.Tensor) -> dict[str, tf.Tensor]:
    return {name: tf.cast(tensor, tf.float32) for name, tensor in tensors.items()}
