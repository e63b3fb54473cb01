"""Whether a model of price-taking households holds together, told before anything is solved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.contracts.saving_households import SavingHouseholds
from hetkeras.methods.krusell_smith.checking import bad_rows, differences, misshapen, number, relative
from hetkeras.methods.krusell_smith.households.endogenous_grid import terms
from hetkeras.numerics.approximation import chain_problems
from hetkeras.soundness import until_one_speaks

SLOPES, INVERSE = 1e-5, 1e-8  # relative distances
RATES, PLACES = 33, 41  # within ranges of rates and of consumption
SMALLEST = 0.05  # consumption that is looked at, over the lowest income
APART = 1e-10  # distance of an eigenvalue to one at which states count as never reaching each other


def check_households(model: PriceTakingHouseholds) -> Iterator[str]:
    """Yields a sentence for each thing in which the model contradicts itself or its contract; nothing if it is sound.

    It ends with the first group of checks that finds something, for those after it rely on it.
    """
    return until_one_speaks(CHECKS, model)


def _chain(model: PriceTakingHouseholds) -> Iterable[str]:
    chain = model.idiosyncratic_chain
    yield from bad_rows("idiosyncratic_chain", chain.values, chain.transition)
    yield from chain_problems({"idiosyncratic_chain": chain})
    apart = int(np.sum(np.abs(np.linalg.eigvals(chain.transition) - 1) < APART))
    if apart > 1:
        yield (
            f"idiosyncratic_chain has {apart} groups of states that never reach each other; expected one, or the "
            "distribution of households depends on where they start"
        )


def _sizes(model: PriceTakingHouseholds) -> Iterable[str]:
    if not 0 < model.discount_factor < 1:
        yield f"discount_factor is {model.discount_factor}; expected strictly between 0 and 1"
    limit, greatest = model.borrowing_limit, model.greatest_assets
    if not -np.inf < limit < greatest < np.inf:
        yield f"borrowing_limit is {limit} and greatest_assets {greatest}; expected the former below the latter"
    low, high = model.interest_bounds
    if not -1 < low < high < np.inf:
        yield f"interest_bounds is {low:.6g} to {high:.6g}; expected two rates above -1 that rise"


def _consumption(model: PriceTakingHouseholds) -> tf.Tensor:
    """From what the poorest can consume to what the richest receive, at a rate in the middle."""
    given = terms(model, number(sum(model.interest_bounds) / 2))
    income, moved = given.income.numpy(), float(given.payoff - given.price)
    least = max(income.min() + moved * model.borrowing_limit, SMALLEST * income.min())
    return tf.constant(np.geomspace(least, income.max() + abs(moved) * model.greatest_assets, PLACES))


def _shapes(model: PriceTakingHouseholds) -> Iterable[str]:
    consumption, rate = tf.constant([0.9, 1.0, 1.1], tf.float64), number(sum(model.interest_bounds) / 2)
    levels = tf.constant(model.idiosyncratic_chain.values)
    yield from misshapen(
        model,
        {
            "utility": ((3,), (consumption,)),
            "marginal_utility": ((3,), (consumption,)),
            "wanted_consumption": ((3,), (consumption,)),
            "income": (tuple(levels.shape), (levels, rate)),
            "supply": ((), (rate,)),
            "asset_price": ((), (rate,)),
            "asset_payoff": ((), (rate,)),
        },
    )


def _utility(model: PriceTakingHouseholds) -> Iterable[str]:
    return utility_problems(model, _consumption(model))


def utility_problems(model: SavingHouseholds, consumption: tf.Tensor) -> Iterable[str]:
    """Yields what is wrong with marginal utility and its inverse at consumption that rises, [N]."""
    marginal = model.marginal_utility(consumption)
    if not ((marginal > 0).numpy().all() and (np.diff(marginal) < 0).all()):
        yield "marginal_utility is not above 0 and falling in consumption; expected utility that rises, ever less"
        return
    slopes = differences(model.utility, consumption)
    if not (gap := relative(marginal, slopes)) <= SLOPES:
        yield f"marginal_utility is off the slope of utility by {gap:.2g}; expected its derivative"
    if not (gap := relative(model.wanted_consumption(marginal), consumption)) <= INVERSE:
        yield f"wanted_consumption is off the inverse of marginal_utility by {gap:.2g}; expected its inverse"


def _market(model: PriceTakingHouseholds) -> Iterable[str]:
    """Over the range of rates."""
    rates = np.linspace(*model.interest_bounds, RATES)
    for rate in rates:
        given = terms(model, number(rate))
        price, payoff = float(given.price), float(given.payoff)
        if not (price > 0 and payoff > 0):
            yield (
                f"at an interest rate of {rate:.6g} the asset costs {price:.6g} and pays {payoff:.6g}; expected both "
                "above 0"
            )
            return
        if not (patience := model.discount_factor * payoff / price) <= 1 + 1e-12:
            yield (
                f"at an interest rate of {rate:.6g}, within interest_bounds, discount_factor times the return is "
                f"{patience:.6g}; expected at most 1, or households save without end"
            )
            return
        least = float(np.min(given.income)) + (payoff - price) * model.borrowing_limit
        if not least > 0:
            yield (
                f"at an interest rate of {rate:.6g} a household at its borrowing_limit {model.borrowing_limit:.6g} "
                f"with the lowest income is left with {least:.6g} to consume; expected more than 0: raise the limit, "
                "or narrow interest_bounds"
            )
            return
    offered = model.supply(tf.constant(rates)).numpy()
    if not (np.diff(offered) <= 1e-12 * np.abs(offered[1:])).all():
        yield "supply rises with the interest rate somewhere; expected that it never does"
    if not (np.min(offered) > model.borrowing_limit and offered[-1] < model.greatest_assets):
        yield (
            f"supply goes from {offered[0]:.6g} to {offered[-1]:.6g} over interest_bounds; expected above "
            f"borrowing_limit {model.borrowing_limit:.6g} everywhere and below greatest_assets "
            f"{model.greatest_assets:.6g} at the upper end, or households cannot hold it"
        )


CHECKS = (_chain, _sizes, _shapes, _utility, _market)
