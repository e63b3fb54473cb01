"""Whether a model of households under aggregate shocks holds together, told before anything is solved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.methods.krusell_smith.checking import bad_rows, misshapen, outside_range, relative
from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import terms_at
from hetkeras.methods.krusell_smith.households.check import PLACES, SMALLEST, utility_problems
from hetkeras.numerics.approximation import chain_problems
from hetkeras.soundness import until_one_speaks

SHARES, PRICES, GOODS = 1e-6, 1e-6, 1e-6  # largest distances
MEANS = 9  # places in the range of mean capital


def check_aggregate_risk(model: AggregateRiskHouseholds) -> Iterator[str]:
    """Yields a sentence for each thing in which the model contradicts itself or its contract; nothing if it is sound.

    It ends with the first group of checks that finds something, for those after it rely on it.
    """
    return until_one_speaks(CHECKS, model)


def _chains(model: AggregateRiskHouseholds) -> Iterable[str]:
    aggregate, own = model.aggregate_chain, model.idiosyncratic_chain
    wrong = [*bad_rows("aggregate_chain", aggregate.values, aggregate.transition)]
    if wrong:
        yield from wrong
        return
    yield from chain_problems({"aggregate_chain": aggregate})
    expected = (aggregate.num_states, aggregate.num_states, own.num_states, own.num_states)
    if own.transitions.shape != expected:
        yield f"idiosyncratic_chain has transitions of shape {own.transitions.shape}; expected {expected}, [A, A, E, E]"
        return
    if not own.values.min() >= 0:
        yield f"idiosyncratic_chain: the least labor is {own.values.min():.6g}; expected levels of labor, none below 0"
    if not (gap := own.misfit(aggregate)) <= SHARES:
        yield (
            f"idiosyncratic_chain does not fit aggregate_chain: shares of households by state differ by {gap:.3g} from "
            "those of the aggregate state, by where it came from; expected rows by (z, z') that lead to the same "
            "shares, or labor would have a history"
        )


def _sizes(model: AggregateRiskHouseholds) -> Iterable[str]:
    for name in ("discount_factor", "depreciation"):
        if not 0 < (value := getattr(model, name)) <= 1 or (name == "discount_factor" and value == 1):
            yield f"{name} is {value}; expected strictly between 0 and 1"
    (low, high), limit, greatest = model.mean_capital_bounds, model.borrowing_limit, model.greatest_assets
    if not -np.inf < limit < greatest < np.inf:
        yield f"borrowing_limit is {limit} and greatest_assets {greatest}; expected the former below the latter"
    elif not max(limit, 0) < low < high < greatest:
        yield (
            f"mean_capital_bounds is {low:.6g} to {high:.6g}; expected above 0, above borrowing_limit {limit:.6g} and "
            f"below greatest_assets {greatest:.6g}"
        )


def _places(model: AggregateRiskHouseholds) -> tuple[tf.Tensor, tf.Tensor]:
    """Indices of aggregate states and mean capital, all pairs, flat."""
    states, capital = np.arange(model.aggregate_chain.num_states), np.linspace(*model.mean_capital_bounds, MEANS)
    state, mean = (each.ravel() for each in np.meshgrid(states, capital, indexing="ij"))
    return tf.constant(state, tf.int32), tf.constant(mean)


def _shapes(model: AggregateRiskHouseholds) -> Iterable[str]:
    consumption = tf.constant([0.9, 1.0, 1.1], tf.float64)
    state, capital = _places(model)
    levels, labor = (tf.gather(tf.constant(each), state) for each in (model.aggregate_chain.values, model.labor))
    own = tf.constant(model.idiosyncratic_chain.values)
    yield from misshapen(
        model,
        {
            "utility": ((3,), (consumption,)),
            "marginal_utility": ((3,), (consumption,)),
            "wanted_consumption": ((3,), (consumption,)),
            "output": (tuple(state.shape), (levels, capital, labor)),
            "factor_prices": (tuple(state.shape), (levels, capital, labor)),
            "income": (tuple(own.shape), (own, tf.ones_like(own), tf.fill(own.shape, labor[0]))),
        },
    )


def _utility(model: AggregateRiskHouseholds) -> Iterable[str]:
    given = terms_at(model, *_places(model))
    income, most = given.income.numpy(), float(tf.reduce_max(given.payoff)) * model.greatest_assets
    consumption = np.geomspace(SMALLEST * income[income > 0].min(), income.max() + most, PLACES)
    return utility_problems(model, tf.constant(consumption))


def _firms(model: AggregateRiskHouseholds) -> Iterable[str]:
    state, capital = _places(model)
    levels, labor = (tf.gather(tf.constant(each), state) for each in (model.aggregate_chain.values, model.labor))
    rent, wage = model.factor_prices(levels, capital, labor)
    derived = AggregateRiskHouseholds.factor_prices(model, levels, capital, labor)
    if not (gap := max(map(relative, (rent, wage), derived))) <= PRICES:
        yield f"factor_prices is off the marginal products of output by {gap:.2g}; expected these"
        return
    output = model.output(levels, capital, labor)
    if not (gap := relative(rent * capital + wage * labor, output)) <= GOODS:
        yield f"capital and labor earn output but for {gap:.2g} of it; expected constant returns to both together"
        return
    shares = model.idiosyncratic_chain.shares(model.aggregate_chain)[state.numpy()]
    earned = (terms_at(model, state, capital).income.numpy() * shares).sum(-1)
    if not (gap := relative(earned, wage * labor)) <= GOODS:
        yield f"income is off what labor earns by {gap:.2g} in the mean; expected taxes that pay for all benefits"


def _limit(model: AggregateRiskHouseholds) -> Iterable[str]:
    state, capital = _places(model)
    given = terms_at(model, state, capital)
    left = given.income.numpy().min(-1) + (given.payoff.numpy() - 1) * model.borrowing_limit
    if not left.min() > 0:
        place = int(np.argmin(left))
        yield (
            f"at mean capital {float(capital[place]):.6g} a household at its borrowing_limit "
            f"{model.borrowing_limit:.6g} with the lowest income is left with {left.min():.6g} to consume; expected "
            "more than 0: raise the limit or what the poorest receive"
        )


def _rest(model: AggregateRiskHouseholds) -> Iterable[str]:
    return outside_range(model, model.aggregate_chain.values)


CHECKS = (_chains, _sizes, _shapes, _utility, _firms, _limit, _rest)
