"""Is this the stationary equilibrium? All is measured on the reloaded SavedModel, on nodes of its own.

1. Households: each spends what it has and no more, none is below its limit, and consumption is what the Euler equation
   asks for at the rate, with expectations of the exported policy. Errors count in consumption, on average where
   households are and at their largest anywhere, also where no household is.
2. The market: what households hold in the distribution that the exported policy leads to, on finer nodes, is what is
   offered. The excess is told in the rate as well: by how much it would have to move.
3. The distribution: none at the greatest assets, which would bound them; not all at the limit.
4. A reference: the equilibrium once more on twice as many nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.krusell_smith.households.endogenous_grid import terms
from hetkeras.methods.krusell_smith.households.loaded import HouseholdChoice, LoadedHouseholds
from hetkeras.methods.krusell_smith.households.wealth import stationary_mass, wealth_moments

SEEN = 1e-12  # share of households above which a place counts as visited


class Reference(NamedTuple):
    """A second solution: its rate, and consumption [E, H] at nodes [H]."""

    interest: float
    nodes: np.ndarray
    consumption: np.ndarray


def diagnose_households(policy: LoadedHouseholds, nodes: np.ndarray, reference: Reference | None = None) -> Diagnosis:
    """Measures a solution.

    Args:
      policy: the reloaded one.
      nodes: of assets, [H], finer than those of the solve, from the limit to the greatest assets.
      reference: another solution to compare with.
    """
    model = policy.model
    here = np.broadcast_to(nodes, (model.idiosyncratic_chain.num_states, len(nodes)))
    choice = policy.choose(here)
    mass = stationary_mass(nodes, choice.assets_next, model.idiosyncratic_chain.transition)
    errors = euler_errors(policy, here, choice)
    interest = tf.constant(policy.interest, tf.float64)
    given = terms(model, interest)
    offered, held = float(model.supply(interest)), float(mass.sum(0) @ nodes)
    spent = choice.consumption + float(given.price) * choice.assets_next
    owned = float(given.payoff) * here + choice.income
    below = np.maximum(model.borrowing_limit - choice.assets_next, 0)
    numbers = {
        "interest": policy.interest,
        "patience": model.discount_factor * float(given.payoff / given.price),
        "budget_gap": np.max(np.abs(spent - owned) / choice.income),
        "limit_gap": np.max(below),
        "least_consumption": choice.consumption.min(),
        "market_gap": abs(held - offered) / max(abs(offered), 1.0),
        "euler_error_mean": np.sum(mass * errors),
        "euler_error_max": np.max(np.where(mass > SEEN, errors, 0.0)),
        "off_path_euler_error_max": np.max(errors),
        **wealth_moments(nodes, mass),
    }
    tables = {"households": _table(nodes, choice, mass)}
    if reference is not None:
        numbers |= _distance(policy, reference, here, choice, mass)
    finite = {name: finite_number(float(number)) for name, number in numbers.items()}
    return Diagnosis(finite, _checks(finite), tables)


def euler_errors(policy: LoadedHouseholds, assets: np.ndarray, choice: HouseholdChoice) -> np.ndarray:
    """|c* / c - 1| where c* is what the Euler equation asks for within the budget, [E, N] at assets [E, N]."""
    model = policy.model
    given = terms(model, tf.constant(policy.interest, tf.float64))
    states = model.idiosyncratic_chain.num_states
    ahead = np.repeat(choice.assets_next.reshape(1, -1), states, 0)  # [E', E N]
    valued = model.marginal_utility(tf.constant(policy.choose(ahead).consumption)).numpy()
    expected = np.einsum("ef,fen->en", model.idiosyncratic_chain.transition, valued.reshape(states, *assets.shape))
    worth = model.discount_factor * float(given.payoff / given.price) * expected
    wanted = model.wanted_consumption(tf.constant(worth)).numpy()
    most = float(given.payoff) * assets + choice.income - float(given.price) * model.borrowing_limit
    return np.abs(np.minimum(wanted, most) / choice.consumption - 1)


def _distance(
    policy: LoadedHouseholds, reference: Reference, here: np.ndarray, choice: HouseholdChoice, mass: np.ndarray
) -> dict[str, float]:
    """Rates in basis points, and consumption at the places that households visit."""
    other = np.stack([np.interp(at, reference.nodes, row) for at, row in zip(here, reference.consumption, strict=True)])
    gaps = np.abs(choice.consumption / other - 1)
    return {
        "reference_gap_interest_bp": 1e4 * abs(policy.interest - reference.interest),
        "reference_gap_consumption_mean": float(np.sum(mass * gaps)),
        "reference_gap_consumption_max": float(np.max(np.where(mass > SEEN, gaps, 0.0))),
    }


def _table(nodes: np.ndarray, choice: HouseholdChoice, mass: np.ndarray) -> dict[str, np.ndarray]:
    columns = {"assets": nodes, "share_below": np.cumsum(mass.sum(0))}
    for e in range(len(mass)):
        columns |= {f"consumption_{e + 1}": choice.consumption[e], f"assets_next_{e + 1}": choice.assets_next[e]}
        columns |= {f"share_{e + 1}": mass[e]}
    return columns


def _checks(numbers: Mapping[str, float | None]) -> tuple[Check, ...]:
    solve = "solve on more nodes (--solver=num_assets=...)"
    limits = {
        "budget_gap": (1e-9, "households spend more or less than they have"),
        "limit_gap": (0.0, "households go below their borrowing limit"),
        "market_gap": (1e-3, f"households do not hold what is offered at this rate; {solve}"),
        "euler_error_mean": (1e-4, f"consumption is not what households want; {solve}"),
        "euler_error_max": (1e-2, f"consumption is not what some households want; {solve}"),
        "off_path_euler_error_max": (1e-2, f"right where households are, wrong elsewhere; {solve}"),
        "households_at_top": (1e-6, "households want more than the greatest assets; raise the model's greatest_assets"),
        "households_at_limit": (0.99, "hardly anyone saves: the economy has collapsed to its limit"),
        "reference_gap_interest_bp": (0.05, f"the rate is not that of finer nodes; {solve}"),
        "reference_gap_consumption_mean": (1e-4, f"consumption is not that of finer nodes; {solve}"),
        "reference_gap_consumption_max": (1e-2, f"consumption of some is not that of finer nodes; {solve}"),
    }
    impatient = at_most(
        "patience", numbers["patience"], 1.0, "beta x / q is 1 or more: households would save without end", True
    )
    listed = (at_most(name, numbers[name], *limit) for name, limit in limits.items() if name in numbers)
    return (impatient, *listed)
