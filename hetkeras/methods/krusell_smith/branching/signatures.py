"""What leaves a Krusell-Smith method with branches: the exported functions of an economy of firms.

Rows are firms for `policy` and `value`, economies for the others. Productivities come as levels and count as the
nearest node of their chain; uncertainty is 0 or 1. Half a step beyond the ends of a chain there is no answer, nor at
other regimes, nor where capital, labor or a price is not above zero (see `hetkeras.missing`).

`choices`, `values` and `continuation` speak of firms at all nodes of capital and labor at once, in float64: simulation
and diagnostics run on them; where `inhabited` is 0 the choices of networks are not asked for, and firms keep what they
have.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms, FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.method import BranchingMethod
from hetkeras.numerics.domains import Domain, above_zero, flag, level
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.regime_chain import RegimeChain
from hetkeras.solution import Signature, Solution

ECONOMY = ("aggregate", "uncertainty", "lagged_uncertainty", "mean_capital")
FIRM = ("idiosyncratic", "capital", "lagged_labor")
NODES = ("B", "E", "H", "L")
FLOWS = ("output", "investment", "consumption")  # of a firm; consumption is what it leaves for households


def branching_solution(
    model: BranchingFirms, method: BranchingMethod, variables: Sequence[tf.Variable], training: Mapping[str, Any]
) -> Solution:
    """Names the functions of a solved economy.

    Args:
      model: the economics.
      method: choices and values.
      variables: everything behind the method.
      training: how it was found, ready for JSON.
    """

    def policy(price: tf.Tensor, **inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        index, mean_capital, firm = _split(model, inputs)
        chances, choice = method.choose_firms(index, mean_capital, tf.cast(price, tf.float64), firm)
        branch = tf.cast(choice.adjusts_capital + 2 * choice.adjusts_labor, tf.int32)
        return {
            "branch_probabilities": tf.cast(chances, tf.float32),
            "branch": branch,
            "capital_next": tf.cast(choice.capital_next, tf.float32),
            "labor": tf.cast(choice.labor, tf.float32),
            **flows(index, firm, choice, price),
        }

    def flows(index: tf.Tensor, firm: FirmState, choice: FirmChoice, price: tf.Tensor) -> dict[str, tf.Tensor]:
        aggregate = tf.gather(tf.constant(model.aggregate_chain.values), index)
        found = model.flows(firm, choice, aggregate, tf.cast(price, tf.float64))
        parts = {"output": found.output, "investment": found.investment, "consumption": found.net_output}
        return {name: tf.cast(part, tf.float32) for name, part in parts.items()}

    def value(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"value": tf.cast(method.worth(*_split(model, inputs)), tf.float32)}

    def forecast(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        following, price = method.forecast(*_economy(model, inputs))
        return {"mean_capital_next": tf.cast(following, tf.float32), "price": tf.cast(price, tf.float32)}

    def choices(price: tf.Tensor, inhabited: tf.Tensor, **inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        choice = method.choose(method.outlook(*_economy(model, inputs), inhabited), price)
        branch = tf.cast(choice.adjusts_capital + 2 * choice.adjusts_labor, tf.int32)
        return {"branch": branch, "capital_next": choice.capital_next, "labor": choice.labor}

    def values(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"value": tf.cast(method.values(*_economy(model, inputs)), tf.float64)}

    def continuation(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"continuation_value": tf.cast(method.continuation(*_economy(model, inputs)), tf.float64)}

    economy, firm = _rows(*ECONOMY), _rows(*FIRM)
    chosen = {"branch": NODES, "capital_next": NODES, "labor": NODES}
    signatures = {
        "policy": Signature(
            policy,
            {**firm, **economy, **_rows("price")},
            {"branch_probabilities": ("B", "R"), **_rows("branch", "capital_next", "labor", *FLOWS)},
        ),
        "value": Signature(value, {**firm, **economy}, _rows("value")),
        "forecast": Signature(forecast, economy, _rows("mean_capital_next", "price")),
        "choices": Signature(choices, {**economy, **_rows("price"), "inhabited": ("H", "L")}, chosen, tf.float64),
        "values": Signature(values, economy, {"value": NODES}, tf.float64),
        "continuation": Signature(continuation, economy, {"continuation_value": NODES}, tf.float64),
    }
    domains = _domains(model)
    signatures = {name: dataclasses.replace(each, domains=domains) for name, each in signatures.items()}
    units = {**dict.fromkeys(FLOWS, "goods per firm"), **model.units}
    chains: dict[str, MarkovChain | RegimeChain] = {
        "idiosyncratic": model.idiosyncratic_chain,
        "aggregate": model.aggregate_chain,
        "regimes": model.regimes,
    }
    return Solution(model, signatures, variables, units, _bounds(model), training, chains)


def _domains(model: BranchingFirms) -> dict[str, Domain]:
    return {
        **dict.fromkeys(("capital", "lagged_labor", "mean_capital", "price"), above_zero),
        **dict.fromkeys(("uncertainty", "lagged_uncertainty", "inhabited"), flag),
        "idiosyncratic": level(model.idiosyncratic_chain.values),
        "aggregate": level(model.aggregate_chain.values),
    }


def _bounds(model: BranchingFirms) -> dict[str, tuple[float, float]]:
    ends: dict[str, np.ndarray | tuple[float, float]] = {
        "capital": model.capital_nodes,
        "lagged_labor": model.labor_nodes,
        "idiosyncratic": model.idiosyncratic_chain.values,
        "aggregate": model.aggregate_chain.values,
        "mean_capital": model.mean_capital_bounds,
        "uncertainty": (0.0, 1.0),
        "lagged_uncertainty": (0.0, 1.0),
    }
    return {name: (float(min(values)), float(max(values))) for name, values in ends.items()}


def _split(model: BranchingFirms, inputs: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor, FirmState]:
    """Index of the aggregate state, K and the firm, out of named inputs [B]."""
    return *_economy(model, inputs), FirmState(*(tf.cast(inputs[name], tf.float64) for name in FIRM))


def _economy(model: BranchingFirms, inputs: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
    levels = [tf.cast(inputs[name], tf.float64) for name in ECONOMY]
    return model.aggregate_index(*levels[:3]), levels[3]


def _rows(*names: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names, ("B",))
