"""Worth of links against independent references: frozen values, and unit costs by plain linear algebra."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.integrate import quad

from hetkeras.analysis.production_network import link_worth as room
from hetkeras.analysis.production_network.consumption_equivalents import consumption_equivalents
from hetkeras.analysis.production_network.link_worth import link_worth
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.paths import States
from hetkeras.references.production_network.frozen_network import (
    factors_of,
    frozen_value,
    log_gdp_line,
    productivity_shift,
)
from tests.small_networks import gains_of_planner, networks_and_states, random_network

MODEL = random_network(3, 2, risk_aversion=2.0, normalised=0)
BONUS = np.array([0.0, 0.3, 0.7])  # of the sectors that are active


class Frozen(LoadedTurnPolicy):
    """The value if no link ever moved; a sector that is active likes its own links better by a factor, and a level."""

    def __init__(self, model=MODEL, level=0.0):
        self.model, self.level, self.rows = model, level, 0
        self._signatures = {"exact": self.exact}

    def exact(self, links, productivity, sector):
        self.rows += sector.shape[0]
        value = self.model.frozen_value(productivity, links)[:, None] * (1 + BONUS) + self.level
        return {"value": value, **gains_of_planner(tf.zeros((sector.shape[0], self.model.num_sectors), tf.float64))}


def states(count=20):
    links, sectors, factors = networks_and_states(MODEL, count)
    productivity = MODEL.mean_state + factors @ MODEL.factor_loadings.T
    return States(tf.constant(productivity), tf.constant(links.reshape(count, -1)), tf.constant(sectors, tf.int32))


def exact_value(links, productivity):
    return frozen_value(MODEL, *log_gdp_line(MODEL, links), factors_of(MODEL, productivity))


def with_and_without(link):
    """Networks [B, N, N] with and without one link."""
    links = states().binary.numpy().reshape(-1, 3, 3)
    both = [links.copy(), links.copy()]
    both[0][:, *link], both[1][:, *link] = 1, 0
    return both


def minus_log_cost(links, productivity):
    """-log unit cost of each sector, [N], of one network."""
    leontief = np.linalg.inv(np.eye(3) - MODEL.technology.shares * links)
    return leontief @ (productivity + productivity_shift(MODEL.technology, links))


@pytest.fixture(scope="module")
def found():
    return link_worth(Frozen(), states())


def test_links_that_never_move_have_no_worth(found):
    still = ~MODEL.movable.ravel()
    for name in ("worth", "worth_error", "worth_consumption", "own_tfp", "own_now", "own_wish"):
        np.testing.assert_array_equal(np.isnan(found[name]), still)
    np.testing.assert_array_equal(found["user"], np.arange(9) // 3)
    np.testing.assert_allclose(found["active"], states().binary.numpy().mean(0))


@pytest.mark.parametrize("link", [(0, 1), (2, 0), (1, 2)])
def test_the_planner_gains_the_difference_of_values_in_the_turn_of_each_state(found, link):
    sample, number = states(), 3 * link[0] + link[1]
    own = 1 + BONUS[sample.regime.numpy()]
    values = [own * exact_value(links, sample.state.numpy()) for links in with_and_without(link)]
    change = values[0] - values[1]
    assert found["worth"][number] == pytest.approx(change.mean(), rel=1e-10)
    assert found["worth_error"][number] == pytest.approx(change.std(ddof=1) / np.sqrt(20), rel=1e-10)
    with_it, without = (-np.log1p(-MODEL.discount_rate * value) for value in values)  # risk aversion of two
    assert found["worth_consumption"][number] == pytest.approx((with_it - without).mean(), rel=1e-10)


@pytest.mark.parametrize("link", [(0, 1), (2, 0), (1, 2)])
def test_the_user_counts_its_productivity_and_its_unit_cost_for_ever(found, link):
    sample, number, user = states().state.numpy(), 3 * link[0] + link[1], link[0]
    rate = MODEL.discount_rate
    tfp, now, wish = [], [], []
    for with_it, without, productivity in zip(*with_and_without(link), sample, strict=True):

        def gain(years, pair=(with_it, without), start=productivity):
            later = MODEL.mean_state + np.exp(-MODEL.reversion * years) * (start - MODEL.mean_state)
            return np.subtract(*(minus_log_cost(links, later)[user] for links in pair))

        tfp.append(np.subtract(*(productivity_shift(MODEL.technology, links)[user] for links in (with_it, without))))
        now.append(gain(0.0))
        wish.append(rate * quad(lambda years, gain=gain: np.exp(-rate * years) * gain(years), 0, 400)[0])
    assert found["own_tfp"][number] == pytest.approx(np.mean(tfp), rel=1e-10)
    assert found["own_now"][number] == pytest.approx(np.mean(now), rel=1e-10)
    assert found["own_wish"][number] == pytest.approx(np.mean(wish), rel=1e-6)


def test_where_links_are_many_fewer_states_are_enough(monkeypatch):
    monkeypatch.setattr(room, "FEWEST", 4)
    monkeypatch.setattr(room, "EVALUATIONS", 30)
    monkeypatch.setattr(room, "AT_ONCE", 7)
    policy = Frozen()
    few = link_worth(policy, states())
    assert policy.rows == 5 * (1 + 6)  # five states, each here and after each of six flips
    rows = np.linspace(0, 19, 5).round().astype(int)
    alone = link_worth(Frozen(), States(*(tf.gather(part, rows) for part in states())))
    np.testing.assert_array_equal(few["worth"], alone["worth"])
    np.testing.assert_allclose(few["active"], states().binary.numpy().mean(0))


# --- consumption ---------------------------------------------------------------------------------------------
def test_frozen_values_are_worth_nothing_beyond_themselves():
    model = random_network(3, 1, risk_aversion=1.0)
    numbers = consumption_equivalents(Plain(model))
    assert numbers["forming_consumption"] == pytest.approx(0, abs=1e-12)
    assert numbers["losing_consumption"] == pytest.approx(0, abs=1e-12)
    levels = [log_gdp_line(model, links)[0] for links in (np.ones((3, 3)), np.eye(3))]
    assert numbers["network_consumption"] == pytest.approx(np.expm1(levels[0] - levels[1]))  # log utility, at rest
    assert numbers["frozen_network_consumption"] == pytest.approx(numbers["network_consumption"])


def test_a_higher_value_is_more_consumption_for_ever():
    model = random_network(3, 1, risk_aversion=1.0)
    numbers = consumption_equivalents(Plain(model, level=0.4))
    assert numbers["forming_consumption"] == pytest.approx(np.expm1(model.discount_rate * 0.4))
    numbers = consumption_equivalents(Plain(random_network(3, 1, risk_aversion=2.0), level=100.0))
    assert np.isnan(numbers["forming_consumption"])  # no consumption is worth so much


class Plain(Frozen):
    """The frozen value, whoever is active, and a level."""

    def exact(self, links, productivity, sector):
        value = self.model.frozen_value(productivity, links)[:, None] + tf.zeros((1, 3), tf.float64) + self.level
        return {"value": value, **gains_of_planner(tf.zeros((sector.shape[0], 3), tf.float64))}
