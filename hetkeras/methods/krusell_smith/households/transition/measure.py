"""A transition, measured: do all markets clear, is nothing lost, is the path long enough, are the nodes fine enough?

1. Markets: what households carry on is what is offered in the next period, in all periods.
2. Goods: consumption, and what is paid for assets, is what assets pay and income. It is counted from the distribution,
   so that households that get lost show.
3. The limit: nobody had to live from less than what the limit leaves.
4. The end: the last market, which no rate was looked for, clears as well, and the last rate found is that of the long
   run.
5. The start: on the nodes of the transition the rate before the shock is that of the solution.
6. A reference: the same on twice as many nodes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.households.options import FINER
from hetkeras.methods.krusell_smith.households.settings import StationarySettings
from hetkeras.methods.krusell_smith.households.transition.course import Course
from hetkeras.methods.krusell_smith.households.transition.solve import TransitionPath, solve_transition
from hetkeras.methods.krusell_smith.households.wealth import wealth_moments
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.phases import phase

BASIS_POINT = 1e-4
UNEQUAL = "assets_sd", "assets_gini"


def measured_transition(
    loaded: LoadedSolution[PriceTakingHouseholds],
    path: Mapping[str, Sequence[float]],
    periods: int,
    with_reference: bool,
) -> Diagnosis:
    """Finds the transition of a reloaded solution, and measures it.

    Raises:
      CalibrationError: if the path names no field, or see `Course`.
      TrainingDiverged: if it is not found.
    """
    if not path:
        field = type(loaded.model).example().partition("=")[0]
        raise CalibrationError(f'the path names no field; expected one such as {{"{field}": [...]}}')
    training = loaded.metadata["training"]
    known = {name: training[name] for name in StationarySettings.fields() if name in training}
    settings, course = StationarySettings.from_dict(known), Course(loaded.model, path, periods)
    with phase("transition"):
        found = solve_transition(course, settings, training["interest"])
    table = transition_table(found, path)
    numbers = _numbers(found, table, training["interest"])
    if with_reference:
        count = FINER * settings.num_assets
        with phase(f"transition on {count:,} nodes, to compare"):
            finer = dataclasses.replace(settings, num_assets=count)
            other = solve_transition(course, finer, float(found.before.interest), found)
        numbers["reference_gap_interest_bp"] = np.abs(found.rates - other.rates).max() / BASIS_POINT
        numbers["reference_gap_consumption"] = np.abs(found.consumption / other.consumption - 1).max()
    finite = {name: finite_number(float(number)) for name, number in numbers.items()}
    return Diagnosis(finite, checks(finite), {"transition": table})


def transition_table(found: TransitionPath, path: Mapping[str, Sequence[float]]) -> dict[str, np.ndarray]:
    """Series [T] by name: the fields that move, prices, and what households have and do on average."""
    given, households, course = found.course.given(found.rates), found.households, found.course
    mass = households.mass[:-1]
    moments = [wealth_moments(found.nodes, each) for each in mass]
    return {
        "period": np.arange(course.periods),
        **{name: np.array([getattr(model, name) for model in course.models]) for name in path},
        "interest": found.rates[:-1],
        "asset_price": given.price,
        "assets": mass.sum(1) @ found.nodes,
        "assets_next": households.held,
        "consumption": found.consumption,
        "income": np.einsum("te,te->t", mass.sum(2), given.income),
        "households_at_limit": np.einsum("teh,teh->t", mass, households.assets_next <= given.limit[:, None, None]),
        **{name: np.array([each[name] for each in moments]) for name in UNEQUAL if name in moments[0]},
    }


def _numbers(found: TransitionPath, table: Mapping[str, np.ndarray], interest: float) -> dict[str, float]:
    given, households, before = found.course.given(found.rates), found.households, float(found.before.interest)
    spent = table["consumption"] + given.price * households.held
    owned = given.payoff[:-1] * table["assets"] + table["income"]
    cash = given.payoff[:-1, None, None] * found.nodes + given.income[..., None]
    poor = cash - (given.price * given.limit)[:, None, None] <= 0
    return {
        "periods": found.course.periods,
        "interest_before": before,
        "interest_after": float(found.after.interest),
        "households_insolvent": (households.mass[:-1] * poor).sum((1, 2)).max(),
        "market_gap": np.abs(found.excess[:-1]).max(),
        "resource_gap": np.abs(spent / owned - 1).max(),
        "end_market_gap": abs(found.excess[-1]),
        "end_gap_interest_bp": abs(found.rates[-2] - found.rates[-1]) / BASIS_POINT,
        "start_gap_interest_bp": abs(before - interest) / BASIS_POINT,
        "households_at_top": households.mass[:, :, -1].sum(1).max(),
    }


def checks(numbers: Mapping[str, float | None]) -> tuple[Check, ...]:
    """What decides whether it is the transition; those of a reference where there is one."""
    longer, finer = "allow more periods (periods=...)", "solve on more nodes (--solver=num_assets=...)"
    slower, wider = "tighten it over more periods", "raise the model's greatest_assets"
    limits = {
        "households_insolvent": (1e-12, f"some households cannot repay what the limit asks; {slower}"),
        "market_gap": (1e-6, "households do not hold what is offered"),
        "resource_gap": (1e-9, "households spend more or less than they have"),
        "end_market_gap": (1e-4, f"the economy is not at rest at the end of the path; {longer}"),
        "end_gap_interest_bp": (0.05, f"the rate is not at rest at the end of the path; {longer}"),
        "start_gap_interest_bp": (0.05, f"the rate before the shock is not that of the solution; {finer}"),
        "households_at_top": (1e-6, f"households want more than the greatest assets; {wider}"),
        "reference_gap_interest_bp": (0.5, f"the rate is not that of finer nodes; {finer}"),
        "reference_gap_consumption": (1e-4, f"consumption is not that of finer nodes; {finer}"),
    }
    return tuple(at_most(name, numbers[name], *limit) for name, limit in limits.items() if name in numbers)
