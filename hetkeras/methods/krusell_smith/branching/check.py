"""Whether a model of firms that choose in branches holds together, told before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BRANCHES, BranchingFirms, FirmChoice, FirmState
from hetkeras.contracts.one_size_firms import long_run_shares
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
from hetkeras.numerics.regime_chain import RegimeChain
from hetkeras.soundness import until_one_speaks

SLOPES = 1e-5  # relative distance of a slope to central differences
ACCOUNTS = 1e-6  # relative distance of goods made to goods used
SIDES = ("capital", "labor")
NODES = 1e-9  # relative distance of what remains of a node to the node below


def check_firms(model: BranchingFirms) -> Iterator[str]:
    """Yields a sentence for each thing in which the model contradicts itself or its contract; nothing if it is sound.

    It ends with the first group of checks that finds something, for those after it rely on it.
    """
    return until_one_speaks(CHECKS, model)


def chains_of(model: BranchingFirms) -> dict[str, RegimeChain]:
    """The chains of productivity by name."""
    return {name: getattr(model, name) for name in ("idiosyncratic_chain", "productivity_chain")}


def _chains(model: BranchingFirms) -> Iterable[str]:
    chains = chains_of(model)
    for name, chain in chains.items():
        for regime, transition in enumerate(chain.transitions):
            yield from bad_rows(f"{name}, regime {regime}", chain.values, transition)
    yield from bad_rows("regimes", np.ones(1), model.regimes.transition)
    yield from chain_problems(chains)


def _states(model: BranchingFirms) -> Iterable[str]:
    chain, (productivity, regime, lagged) = model.aggregate_chain, model.aggregate_states
    yield from bad_rows("aggregate_chain", chain.values, chain.transition)
    if not len(productivity) == len(regime) == len(lagged) == chain.num_states:
        yield f"aggregate_states names {len(productivity)} states; expected {chain.num_states}, as in aggregate_chain"
        return
    before, after = np.nonzero(chain.transition)
    if not (lagged[after] == regime[before]).all():
        yield "aggregate_states: the lagged regime is not that of the period before; expected aggregate_chain's order"
    if not np.array_equal(chain.values, model.productivity_chain.values[productivity]):
        yield "aggregate_chain has other values than productivity_chain at aggregate_states; expected the same"


def _sizes(model: BranchingFirms) -> Iterable[str]:
    for name in ("discount_factor", "depreciation", "separation"):
        if not 0 < getattr(model, name) < 1:
            yield f"{name} is {getattr(model, name)}; expected strictly between 0 and 1"
    if not 0 < model.leisure_weight < np.inf:
        yield f"leisure_weight is {model.leisure_weight}; expected a finite number above 0"
    for name, cost in model.adjustment_costs._asdict().items():
        highest = np.inf if name in ("buying", "hiring", "firing") else 1.0
        if not 0 <= cost <= highest:
            yield f"adjustment_costs.{name} is {cost}; expected from 0 to {highest:g}"


def _rest(model: BranchingFirms) -> Iterable[str]:
    """Nodes, and the rest points, which other checks take for a scale."""
    axes = ("capital_nodes", model.depreciated_capital), ("labor_nodes", model.remaining_labor)
    try:
        for name, remains in axes:
            yield from _off_nodes(name, getattr(model, name), remains)
        yield from outside_range(model, model.productivity_chain.values)
    except CalibrationError as error:
        yield str(error)


def _off_nodes(name: str, nodes: np.ndarray, remains: Callable[[tf.Tensor], tf.Tensor]) -> Iterable[str]:
    if not (len(nodes) >= 2 and nodes[0] > 0 and (np.diff(nodes) > 0).all()):
        yield f"{name} are {len(nodes)} from {nodes[:1]} to {nodes[-1:]}; expected at least 2 that rise from above 0"
        return
    gap = relative(remains(tf.constant(nodes[1:])), nodes[:-1])
    if not gap <= NODES:
        yield f"{name}: what remains of a node is off the node below by {gap:.2g}; expected each to fall to the next"


def _shapes(model: BranchingFirms) -> Iterable[str]:
    """On productivities, capital and labor of different axes: what broadcasts, and keeps its type."""
    firm, choice, aggregate, price = _firms(model)
    prices, full = price[:, 0, 0, 0], tuple(np.broadcast_shapes(price.shape, *(each.shape for each in firm)))
    names = ("depreciated_capital", "kept_capital"), ("remaining_labor", "kept_labor", "labor_disutility")
    expected = {
        "output": (full, (firm.idiosyncratic, firm.capital, firm.lagged_labor, aggregate)),
        **dict.fromkeys(names[0], (firm.capital.shape, (firm.capital,))),
        **dict.fromkeys(names[1], (firm.lagged_labor.shape, (firm.lagged_labor,))),
        **dict.fromkeys(("marginal_capital_cost", "marginal_labor_cost", "consumption"), (prices.shape, (prices,))),
        "excess_demand": (prices.shape, (1 / prices, prices)),
        "payoff": (full, (firm, choice, aggregate, price)),
    }
    yield from misshapen(model, expected)


def _flows(model: BranchingFirms) -> Iterable[str]:
    firm, choice, aggregate, price = _firms(model)
    flows = model.flows(firm, choice, aggregate, price)
    gap = _largest(flows.investment - (choice.capital_next - model.depreciated_capital(firm.capital))) / _scale(model)
    if not gap <= NODES:
        yield f"flows.investment is off k' - depreciated_capital by {gap:.2g} of K; expected it counted from there"
    paid = price * flows.net_output - model.labor_disutility(choice.labor)
    gap = _largest(model.payoff(firm, choice, aggregate, price) - paid) / _largest(paid)
    if not gap <= NODES:
        yield (
            f"payoff is off price x flows.net_output - labor_disutility by {gap:.2g}; expected that firms and the "
            "goods market count the same goods"
        )


def _fixed(model: BranchingFirms) -> Iterable[str]:
    """Shares of output, by which branches are compared, against the payoff itself."""
    firm, choice, aggregate, price = _firms(model)
    output = model.output(firm.idiosyncratic, firm.capital, choice.labor, aggregate)
    for branch, digits in enumerate(BRANCHES):
        adjusts = {f"adjusts_{side}": digit * tf.ones_like(price) for side, digit in zip(SIDES, digits, strict=True)}
        fixed = sum(share * digit for share, digit in zip(model.fixed_costs, digits, strict=True))
        staying = choice._replace(adjusts_capital=0 * price, adjusts_labor=0 * price)
        lost = model.payoff(firm, staying, aggregate, price)
        lost -= model.payoff(firm, choice._replace(**adjusts), aggregate, price)
        gap = _largest(lost - fixed * price * output) / _largest(price * output)
        if not gap <= NODES:
            yield f"branch {branch} takes other shares of output than fixed_costs, off by {gap:.2g}; expected the same"
            return


def _sides(model: BranchingFirms) -> Iterable[str]:
    """Slopes, by which the best choices are found, against the payoff itself."""
    price = _firms(model)[-1]
    yield from _slopes(
        "marginal_capital_cost", model.marginal_capital_cost(price), _moved(model, 0, 2.0), _moved(model, 0, 0.5)
    )
    yield from _slopes(
        "marginal_labor_cost", model.marginal_labor_cost(price), _moved(model, 1, 2.0), _moved(model, 1, 0.5)
    )


def _moved(model: BranchingFirms, which: int, factor: float) -> np.ndarray:
    """What a unit more of k' (0) or n (1) takes, output and wages apart, at a multiple of what remains."""
    firm, choice, aggregate, price = _firms(model)
    remaining = model.depreciated_capital(firm.capital), model.remaining_labor(firm.lagged_labor)

    def taken(level: tf.Tensor) -> tf.Tensor:
        moved = choice._replace(**({"capital_next": level} if which == 0 else {"labor": level}))
        output = model.output(firm.idiosyncratic, firm.capital, moved.labor, aggregate)
        kept = 1 - model.fixed_costs[0] * choice.adjusts_capital - model.fixed_costs[1] * choice.adjusts_labor
        earned = price * output * kept - model.labor_disutility(moved.labor)
        return earned - model.payoff(firm, moved, aggregate, price)

    return differences(taken, factor * remaining[which])


def _slopes(name: str, slopes: tuple[tf.Tensor, tf.Tensor], *found: np.ndarray) -> Iterable[str]:
    scale = _largest(slopes[0])
    for side, slope, difference in zip(("above", "below"), slopes, found, strict=True):
        gap = _largest(difference - slope) / (scale if scale > 0 else 1.0)
        if not gap <= SLOPES:
            yield f"{name} {side} what remains is off what the payoff takes by {gap:.2g}; expected its slope"
    if not (slopes[0] >= slopes[1]).numpy().all():
        yield f"{name}: a unit more takes less above what remains than below; expected no less"


def _market(model: BranchingFirms) -> Iterable[str]:
    yield from market(model, _middle(model)[1])


def _accounts(model: BranchingFirms) -> Iterable[str]:
    """The rest point by the model's own accounting: marginal products, goods made and goods used."""
    level, price = _middle(model)
    capital, shares = number(model.frictionless_steady_state(level)[0]), long_run_shares(model)

    def output(capital: tf.Tensor, labor: tf.Tensor) -> tf.Tensor:
        states = tf.constant(model.idiosyncratic_chain.values)
        return tf.tensordot(tf.constant(shares), model.output(states, capital, labor, number(level)), 1)

    labor = _best_labor(lambda labor: output(capital, labor), model.leisure_weight / price)
    cost = 1 / model.discount_factor - 1 + model.depreciation
    product = float(differences(lambda capital: output(capital, labor), capital))
    if not abs(product / cost - 1) <= ACCOUNTS:
        yield (
            f"frictionless_steady_state({level:.4g}) is K = {float(capital):.6g}, where a unit more makes "
            f"{product:.6g} goods; expected what it costs to use, {cost:.6g}"
        )
        return
    worn, made = float(capital - model.depreciated_capital(capital)), float(output(capital, labor))
    used = float(model.consumption(number(price))) + worn
    if not abs(used / made - 1) <= ACCOUNTS:
        yield (
            f"at frictionless_steady_state({level:.4g}) firms make {made:.6g} goods, and consumption with "
            f"what wears out takes {used:.6g}; expected the same"
        )


def _best_labor(output: Callable[[tf.Tensor], tf.Tensor], wage: float) -> tf.Tensor:
    """Labor whose product is the wage, by bisection in logs."""
    low, high = -30.0, 30.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        earns = float(differences(output, number(np.exp(middle)))) > wage
        low, high = (middle, high) if earns else (low, middle)
    return number(np.exp((low + high) / 2))


def _middle(model: BranchingFirms) -> tuple[float, float]:
    """The middle aggregate productivity and the price at rest there."""
    level = float(model.productivity_chain.values[model.productivity_chain.num_states // 2])
    return level, float(model.frictionless_steady_state(level)[1])


def _scale(model: BranchingFirms) -> float:
    return model.frictionless_steady_state(_middle(model)[0])[0]


def _largest(values: tf.Tensor | np.ndarray) -> float:
    return float(np.max(np.abs(values)))


def _firms(model: BranchingFirms) -> tuple[FirmState, FirmChoice, tf.Tensor, tf.Tensor]:
    """Firms [E, 4, 3] in two economies [2, 1, 1, 1], whose choices move everything up and down."""
    capital = tf.constant(np.geomspace(model.capital_nodes[1], model.capital_nodes[-1], 4))[:, None]
    labor = tf.constant(np.geomspace(model.labor_nodes[1], model.labor_nodes[-1], 3))
    firm = FirmState(tf.constant(model.idiosyncratic_chain.values)[:, None, None], capital, labor)
    price = _middle(model)[1] * tf.constant([0.97, 1.05], tf.float64)[:, None, None, None]
    digits = 0 * capital, 1 + 0 * labor
    choice = FirmChoice(tf.reverse(capital, [0]), tf.reverse(labor, [0]), *digits)
    return firm, choice, tf.constant(model.productivity_chain.values[[0, -1]])[:, None, None, None], price


CHECKS = (_chains, _sizes, _states, _rest, _shapes, _flows, _fixed, _sides, _market, _accounts)
