"""Whether a model of price-taking firms holds together, told before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.checking import (
    bad_rows,
    differences,
    market,
    misshapen,
    number,
    outside_range,
    relative,
)
from hetkeras.numerics.approximation import chain_problems
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.soundness import until_one_speaks

SLOPES = 1e-5  # relative distance of a slope to central differences
FRICTION_SLOPES = 1e-3  # a kink of the cost's distribution function has two
ACCOUNTS = 1e-6  # relative distance of goods made to goods used


def check_firms(model: PriceTakingFirms) -> Iterator[str]:
    """Yields a sentence for each thing in which the model contradicts itself or its contract; nothing if it is sound.

    It ends with the first group of checks that finds something, for those after it rely on it.
    """
    return until_one_speaks(CHECKS, model)


def chains_of(model: PriceTakingFirms) -> dict[str, MarkovChain]:
    """The chains of productivity by name."""
    return {name: getattr(model, name) for name in ("idiosyncratic_chain", "aggregate_chain")}


def _chains(model: PriceTakingFirms) -> Iterable[str]:
    chains = chains_of(model)
    for name, chain in chains.items():
        yield from bad_rows(name, chain.values, chain.transition)
    yield from chain_problems(chains)


def _sizes(model: PriceTakingFirms) -> Iterable[str]:
    for name in ("discount_factor", "depreciation"):
        if not 0 < getattr(model, name) < 1:
            yield f"{name} is {getattr(model, name)}; expected strictly between 0 and 1"
    names = ["leisure_weight", "largest_cost", "aggregate_innovation", "max_friction_loss"]
    names += [] if model.frisch_elasticity is None else ["frisch_elasticity"]
    for name in names:
        if not 0 < getattr(model, name) < np.inf:
            yield f"{name} is {getattr(model, name)}; expected a finite number above 0"


def _rest(model: PriceTakingFirms) -> Iterable[str]:
    """Ranges, and the rest points within them, which other checks take for a scale."""
    try:
        low, high = model.capital_bounds
        if not 0 < low < high < np.inf:
            yield f"capital_bounds is {low:.6g} to {high:.6g}; expected from above 0 upwards"
        yield from outside_range(model, model.aggregate_chain.values)
    except CalibrationError as error:
        yield str(error)


def _shapes(model: PriceTakingFirms) -> Iterable[str]:
    """On economies, productivities and capital of different axes: what broadcasts, and keeps its type."""
    firms, price = _firms(model), _prices(model)
    gains, today = tf.zeros((2, 3), tf.float64), tf.constant([0, 0])
    following = tf.repeat(price[:, None], model.aggregate_chain.num_states, 1)
    broadcast, states = tuple(np.broadcast_shapes(*(each.shape for each in firms))), len(firms[0])
    expected: dict[str, tuple[tuple[int, ...], tuple[tf.Tensor, ...]]] = {
        **dict.fromkeys(("output", "labor", "payoff", "marginal_payoff"), (broadcast, firms)),
        **dict.fromkeys(("depreciated_capital", "unadjusted_capital"), (firms[1].shape, (firms[1],))),
        **dict.fromkeys(("cost_distribution", "adjustment_probability"), ((2, 3), (gains,))),
        **dict.fromkeys(("expected_friction_loss", "adjustment_labor"), ((2, 3), (gains,))),
        "consumption": ((2,), (price,)),
        "excess_demand": ((2,), (1 / price, price)),
        "frictionless_target": ((2, states), (today, price, following)),
    }
    if model.frisch_elasticity is not None:
        expected["labor_supply"] = (2,), (price,)
    yield from misshapen(model, expected)


def _inputs(model: PriceTakingFirms) -> Iterable[str]:
    """By the envelope theorem the best profit, p y - p w n, rises in the price by y."""
    idiosyncratic, capital, aggregate, price = firm = _firms(model)

    def profit(price: tf.Tensor) -> tf.Tensor:
        firm = idiosyncratic, capital, aggregate, price
        return price * model.output(*firm) - model.leisure_weight * model.labor(*firm)

    gap = relative(differences(profit, price), model.output(*firm))
    if not gap <= SLOPES:
        yield (
            f"labor is not the best input: price x output - leisure_weight x labor rises in the price by other than "
            f"output, off by {gap:.2g}; expected the output and the labor of firms that pay the wage leisure_weight / p"
        )


def _slopes(model: PriceTakingFirms) -> Iterable[str]:
    idiosyncratic, capital, aggregate, price = firm = _firms(model)
    slopes = differences(lambda k: model.payoff(idiosyncratic, k, aggregate, price), capital)
    gap = relative(model.marginal_payoff(*firm), slopes)
    if not gap <= SLOPES:
        yield f"marginal_payoff is off the slope of payoff in capital by {gap:.2g}; expected its derivative"
    sold = model.payoff(*firm) + model.leisure_weight * model.labor(*firm)
    kept = sold / price - model.output(*firm)
    gap = relative(kept, model.depreciated_capital(capital) + tf.zeros_like(kept))
    if not gap <= SLOPES:
        yield (
            f"payoff sells capital that is off depreciated_capital by {gap:.2g}; expected price x (output + "
            "depreciated_capital) - leisure_weight x labor, or firms and the goods market count other investment"
        )
    if not (model.unadjusted_capital(capital).numpy() >= (1 - 1e-9) * model.depreciated_capital(capital).numpy()).all():
        yield "unadjusted_capital is below depreciated_capital; expected at least what depreciation leaves"


def _shares(model: PriceTakingFirms) -> Iterable[str]:
    gains = _gains(model)
    share = model.adjustment_probability(gains).numpy()
    if not (share.min() >= 0 and share.max() <= 1):
        yield f"adjustment_probability goes from {share.min():.4g} to {share.max():.4g}; expected from 0 to 1"
    elif not (np.diff(share) >= -1e-12).all():
        yield "adjustment_probability falls in the gain somewhere; expected a share that never falls"
    elif not (share[gains < 0] == 0).all():
        yield "adjustment_probability is above 0 where the gain is below; expected that no firm pays to lose"
    elif not share[gains >= model.saturation_gain].min() >= 1 - 1e-9:
        yield (
            f"adjustment_probability is {share[-1]:.4g} beyond saturation_gain; expected 1, as cost_distribution at "
            "largest_cost"
        )


def _frictions(model: PriceTakingFirms) -> Iterable[str]:
    gains, largest = _gains(model), model.max_friction_loss
    staying = 1 - model.adjustment_probability(gains).numpy()
    gap = np.abs(differences(model.expected_friction_loss, gains) - staying).max()
    if not gap <= FRICTION_SLOPES:
        yield (
            "the slope of expected_friction_loss is off the share that does not adjust by "
            f"{gap:.2g}; expected 1 - its probability"
        )
    friction = float(np.max(model.expected_friction_loss(gains)))
    if not friction <= largest * (1 + 1e-6):
        yield f"expected_friction_loss reaches {friction:.6g}; expected no more than max_friction_loss, {largest:.6g}"
    if not abs(float(model.expected_friction_loss(number(0.0)))) <= 1e-9 * largest:
        yield "expected_friction_loss of no gain is not 0; expected that nothing is lost where nothing is gained"


def _gains(model: PriceTakingFirms) -> tf.Tensor:
    """Around nil and saturation, where slopes have kinks, but at neither: [50]."""
    shares = np.concatenate([np.linspace(-1.0, -0.05, 9), np.linspace(0.05, 0.98, 31), np.linspace(1.02, 1.5, 10)])
    return tf.constant(shares * model.saturation_gain)


def _market(model: PriceTakingFirms) -> Iterable[str]:
    yield from market(model, _middle(model)[1])


def _choices(model: PriceTakingFirms) -> Iterable[str]:
    level, price = _middle(model)
    capital = model.frictionless_steady_state(level)[0]
    mean = float(model.idiosyncratic_chain.stationary() @ _chosen_at_rest(model, level, price))
    if not abs(mean / capital - 1) <= ACCOUNTS:
        yield (
            f"frictionless_steady_state({level:.4g}) is K = {capital:.6g}, but capital that earns "
            f"its cost at its price is {mean:.6g} on average; expected a fixed point of the firms' choices"
        )


def _goods(model: PriceTakingFirms) -> Iterable[str]:
    """Goods made and used at rest, with the model's own depreciation."""
    level, price = _middle(model)
    chain, capital = model.idiosyncratic_chain, _chosen_at_rest(model, level, price)
    firms = tf.constant(chain.values), tf.constant(capital)[:, None]
    output = model.output(*firms, number(level), number(price)).numpy()
    worn = capital - model.depreciated_capital(tf.constant(capital)).numpy()
    made = float(chain.stationary() @ (chain.transition * output).sum(1))
    used = float(model.consumption(number(_of_goods(model, level)))) + float(chain.stationary() @ worn)
    if not abs(used / made - 1) <= ACCOUNTS:
        yield (
            f"at frictionless_steady_state({level:.4g}) firms make {made:.6g} goods, and consumption with "
            f"what wears out takes {used:.6g}; expected the same"
        )


def _labor_market(model: PriceTakingFirms) -> Iterable[str]:
    """Labor offered rises with its price, and at rest it is what firms without frictions use."""
    if model.frisch_elasticity is None:
        return
    level, price = _middle(model)
    cost = _of_goods(model, level) * model.leisure_weight / price
    tenth = 1.1 ** (1 / max(1.0, model.frisch_elasticity))  # moves labor by a tenth, however elastic it is
    costs = tf.constant(cost * np.geomspace(1 / tenth, tenth, 9))
    if not (np.diff(model.labor_supply(costs)) > 0).all():
        yield "labor_supply does not rise with p w somewhere; expected that it always does"
    chain, capital = model.idiosyncratic_chain, tf.constant(_chosen_at_rest(model, level, price))[:, None]
    labor = model.labor(tf.constant(chain.values), capital, number(level), number(price)).numpy()
    used, offered = (
        float(chain.stationary() @ (chain.transition * labor).sum(1)),
        float(model.labor_supply(number(cost))),
    )
    gap = abs(np.log(used / offered)) / max(1.0, model.frisch_elasticity)
    if not gap <= ACCOUNTS:
        yield (
            f"at frictionless_steady_state({level:.4g}) firms use {used:.6g} of labor, and households offer "
            f"{offered:.6g}; expected the same"
        )


def _chosen_at_rest(model: PriceTakingFirms, level: float, price: float) -> np.ndarray:
    """Capital [E] at which a unit more earns its cost, by bisection of payoffs' differences."""
    chain = model.idiosyncratic_chain
    low, high = (np.full(chain.num_states, end) for end in (1e-3, 1e3))
    scale = model.frictionless_steady_state(level)[0]
    low, high = low * scale, high * scale
    arguments = number(level), number(price)
    for _ in range(45):
        middle = np.sqrt(low * high)
        points = tf.constant(middle)[:, None]
        slopes = differences(lambda k: model.payoff(tf.constant(chain.values), k, *arguments), points)
        earns = model.discount_factor * (chain.transition * slopes).sum(1) > price
        low, high = np.where(earns, middle, low), np.where(earns, high, middle)
    return np.sqrt(low * high)


def _middle(model: PriceTakingFirms) -> tuple[float, float]:
    """The middle aggregate state, and the price at which the model's methods know the wage at rest there."""
    level = float(model.aggregate_chain.values[model.aggregate_chain.num_states // 2])
    return level, float(model.at(*model.frictionless_steady_state(level)[1:]).own_price)


def _of_goods(model: PriceTakingFirms, level: float) -> float:
    """The price of goods at rest in an aggregate state."""
    return float(model.frictionless_steady_state(level)[1])


def _prices(model: PriceTakingFirms) -> tf.Tensor:
    return _middle(model)[1] * tf.constant([0.97, 1.05], tf.float64)


def _firms(model: PriceTakingFirms) -> tuple[tf.Tensor, ...]:
    """Productivity [E, 1], capital [5], aggregate state and price [2, 1, 1] around an economy at rest."""
    capital = model.frictionless_steady_state(_middle(model)[0])[0] * tf.constant(np.geomspace(0.3, 3.0, 5))
    levels = tf.constant(model.aggregate_chain.values[[0, -1]])
    return (
        tf.constant(model.idiosyncratic_chain.values)[:, None],
        capital,
        *(each[:, None, None] for each in (levels, _prices(model))),
    )


CHECKS = (
    _chains,
    _sizes,
    _rest,
    _shapes,
    _inputs,
    _slopes,
    _shares,
    _frictions,
    _market,
    _choices,
    _goods,
    _labor_market,
)
