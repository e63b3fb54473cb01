"""A planner forms and loses input-output links one at a time (Huang & Yu 2024, section 3).

Log productivity eps_i reverts to its mean at the rate phi. A Markov chain z says which sector is active; it moves to
each other sector at the rate lambda_z. An opportunity to add an input that the active sector lacks comes at the rate
of arrival and costs s if taken; an input that it has is lost at the rate of destruction. Utility is CRRA in GDP:

    rho V_z = u(f) + L V_z + lambda_z sum_i (V_i - V_z) + sum_{j != z} H_zj,
    H_zj = (1 - Y_zj) arrival max{V_z(Y + 1_zj) - V_z - s, 0} + Y_zj destruction (V_z(Y - 1_zj) - V_z).

As extensions the planner searches for links, maintains them, or drops them: `switching_costs` has H with these.

Corrections to the paper: the equations of sections 3.2 and 3.3 leave out the compensator, the sums over j; equation 13
has 1 - e^(lambda D) for 1 - e^(-lambda D) and one rate for chain, arrival and destruction, which gives a link one
opportunity in N / lambda years. Utility is scaled, which moves V by 1 / ((1-gamma) rho) and has f as its limit at
gamma = 1. `technology` has f, and what equation 12 lacks.

While no link moves, f is an Ornstein-Uhlenbeck process, so that `closed_form` has values in closed form.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import tensorflow as tf

from hetkeras.contracts.element_names import FlipNames
from hetkeras.contracts.known_values import ExactValues
from hetkeras.contracts.switching_jump_diffusion import TurnBaseline
from hetkeras.models.production_network.calibration import NetworkCalibration
from hetkeras.models.production_network.closed_form import LinkRates, NetworkValue
from hetkeras.models.production_network.expected_network import ExpectedNetwork
from hetkeras.models.production_network.utility import DiscountedUtility
from hetkeras.numerics.random_draws import uniforms
from hetkeras.references.production_network.known_network import STAR, KnownNetwork, known_network, star_opportunities

PROHIBITIVE = (1e6,)  # cost of a link that nobody pays
MOST_REVISIONS = 10  # of which links pay


@dataclasses.dataclass(frozen=True)
class ProductionNetwork(NetworkCalibration):
    """A planner over the links of `NetworkCalibration`; binary states are the links row by row, J = N^2."""

    # --- sizes, names and scales -----------------------------------------------------------------------------
    @property
    def num_binary(self) -> int:
        return self.num_sectors**2

    @property
    def num_delegates(self) -> int:
        """A planner decides alone."""
        return 1

    @property
    def num_regimes(self) -> int:
        return self.num_sectors

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("productivity",)

    @property
    def regime_name(self) -> str:
        return "sector"

    @property
    def flip_names(self) -> FlipNames:
        return FlipNames("links", "link_gain", "link")

    @property
    def units(self) -> Mapping[str, str]:
        value = "years of log consumption at a GDP of one (utility scaled to a slope of one there)"
        return {
            "productivity": "log",
            "value": value,
            "link_gain": f"{value}, of a link of the active sector where it is missing, of keeping it where it is",
            "links": "1 where the sector of the row buys from that of the column, else 0",
            "sector": "the active one, from 0",
            "link": "an opportunity is taken",
            "rate": "flips a year",
        }

    @cached_property
    def value_scale(self) -> float:
        """Size of what moves of links add to the frozen value.

        What each sector's links are worth in an else full, frozen network at rest, summed over sectors; half of it, for
        links come and go; and the share of the future in which they have done so.
        """
        count = self.num_sectors
        cut = np.ones((count + 1, count, count))
        for sector, moves in enumerate(self.movable):
            cut[sector, sector, moves] = 0
        rest = np.broadcast_to(self.mean_state, (count + 1, count))
        with tf.init_scope():  # numbers, also while a graph is traced
            values = self.frozen_value(tf.constant(rest), tf.constant(cut.reshape(count + 1, -1))).numpy()
        turnover = (self.arrival_rate + self.destruction_rate) / count
        share = turnover / (self.discount_rate + turnover)
        return float(np.abs(values[-1] - values[:-1]).sum() / 2 * share)

    @cached_property
    def element_features(self) -> np.ndarray:
        technology = self.technology
        domar = np.linalg.solve(np.eye(self.num_sectors) - technology.shares.T, technology.consumption)
        columns = [domar, technology.consumption, technology.shares.sum(1), technology.sector_penalty, self.mean_state]
        table = np.column_stack([*columns, self.factor_loadings])
        return table[:, table.std(0) > 1e-9 * (1 + np.abs(table).max(0))]

    @property
    def element_summary(self) -> Mapping[str, np.ndarray]:
        count = self.num_sectors
        facts = {"share": self.technology.shares.ravel(), "link_cost": self.link_costs.ravel()}
        ends = {"user": np.arange(count).repeat(count), "supplier": np.tile(np.arange(count), count)}
        names = np.array(self.sector_names)
        named = {f"{end}_name": names[places] for end, places in ends.items() if names.size}
        return {**ends, **named, **facts}

    # --- states and regimes ----------------------------------------------------------------------------------
    def links(self, binary: tf.Tensor) -> tf.Tensor:
        """[..., N, N] from binary states [..., J]."""
        return tf.reshape(binary, tf.concat([tf.shape(binary)[:-1], [self.num_sectors, self.num_sectors]], 0))

    def element_states(self, state: tf.Tensor) -> tf.Tensor:
        return (state - self.long_run_mean(state.dtype))[..., None]

    def sample(self, seed: tf.Tensor, num_paths: int, dtype: tf.DType = tf.float32) -> tuple[tf.Tensor, tf.Tensor]:
        state, binary = super().sample(seed, num_paths, dtype)
        return state, tf.maximum(binary, tf.constant(np.eye(self.num_sectors).ravel(), dtype))

    def deciders(self, which: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        """Regimes of those who decide on links [...], in the turns of regimes [...]: the same, [..., 1]."""
        del which
        return regime[..., None]

    @property
    def switch_rates(self) -> np.ndarray:
        return self.switch_rate * (1 - np.eye(self.num_sectors))

    @property
    def available_flips(self) -> np.ndarray:
        return np.arange(self.num_binary).reshape(self.num_sectors, self.num_sectors)

    def sample_regime(self, seed: tf.Tensor, num_paths: int) -> tf.Tensor:
        return tf.cast(uniforms(seed, (num_paths,)) * self.num_sectors, tf.int32)

    def switch(self, regime: tf.Tensor, span: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return self._next_sector(tf.cast(regime, tf.int32), span, seed)

    def _next_sector(self, sector: tf.Tensor, span: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Like a fresh draw of all N sectors at the rate N lambda_z, which is the same chain."""
        seeds = tf.random.split(seed, 2, alg="philox")
        chance = -tf.math.expm1(-self.num_sectors * self.switch_rate * span)
        fresh = tf.cast(uniforms(seeds[0], sector.shape) * self.num_sectors, tf.int32)
        return tf.where(uniforms(seeds[1], sector.shape, chance.dtype) < chance, fresh, sector)

    # --- flows and flips -------------------------------------------------------------------------------------
    def flow(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        return self.preferences.utility(self.technology.log_gdp(self.links(binary), state))

    @property
    def preferences(self) -> DiscountedUtility:
        """Utility of log GDP, and consumption equivalents of values."""
        return DiscountedUtility(self.discount_rate, self.risk_aversion, self.reversion)

    @property
    def switching_costs(self) -> np.ndarray:
        return self.link_costs.ravel()

    @property
    def can_switch(self) -> np.ndarray:
        return self.movable.ravel()

    # --- values in closed form -------------------------------------------------------------------------------
    @property
    def closed_form(self) -> NetworkValue:
        """Values of networks that do not move, and of those that revert to the usual one."""
        return NetworkValue(self.technology, self.preferences, self.mean_state, self.factor_loadings, self.link_rates)

    @property
    def link_rates(self) -> LinkRates:
        """At which links move and turns end."""
        return LinkRates(self.arrival_rate + self.destruction_rate, self.switch_rate)

    def frozen_value(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor | None = None) -> tf.Tensor:
        """Value if no link ever moved again, [...]."""
        del regime
        return self.closed_form.frozen(self.links(binary), state - self.long_run_mean(state.dtype))

    def to_consumer(self, values: tf.Tensor) -> tf.Tensor:
        """What values in all regimes [..., Z] are to who consumes, mean over turns: [...]."""
        return tf.reduce_mean(values, -1)

    @cached_property
    def usual_links(self) -> np.ndarray:
        """Y*, chances in the long run that links are there if those that pay at rest are always formed, [N, N].

        A link pays if adding it does where the others are there as often as usual.
        """
        chance = self.arrival_rate / (self.arrival_rate + self.destruction_rate)
        usual = np.where(self.movable, chance, 1.0)
        for _ in range(MOST_REVISIONS):
            revised = np.where(self.movable, chance * (self.gains_at_rest(usual) > self.link_costs), 1.0)
            if (revised == usual).all():
                break
            usual = revised
        return usual

    @property
    def long_run_probabilities(self) -> np.ndarray:
        return self.usual_links.ravel()

    @cached_property
    def expected_network(self) -> ExpectedNetwork:
        return self.around(self.usual_links)

    def around(self, links: np.ndarray) -> ExpectedNetwork:
        """What links add where the others are there with given chances, [N, N]."""
        return ExpectedNetwork.of(self.technology, links, self.mean_state, 1 - self.risk_aversion)

    @cached_property
    def flip_scales(self) -> np.ndarray:
        """Links differ by orders of magnitude: their own worth, but no less than what the average one is worth."""
        worth = np.where(self.movable, np.abs(self.gains_at_rest(self.usual_links)), 0.0)
        return np.hypot(worth, worth.sum() / self.movable.sum()).ravel()

    def gains_at_rest(self, usual: np.ndarray) -> np.ndarray:
        """What adding each link is worth at mean productivity, the others as usual: [N, N]."""
        count, rows, others = self.num_sectors, [], self.around(usual)
        with tf.init_scope():  # numbers, also while a graph is traced
            away = tf.zeros((count, count), tf.float64)
            for sector in range(count):
                links = np.repeat(usual[None], count, 0)
                links[np.arange(count), sector, np.arange(count)] = 0
                turns = tf.fill((count,), sector)
                rows.append(np.diagonal(self.closed_form.reverting(tf.constant(links), away, turns, others).gains))
        return np.array(rows)

    def open_baseline(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> TurnBaseline:
        """The value of a network that reverts to the usual one."""
        away = state - self.long_run_mean(state.dtype)
        return self.closed_form.reverting(self.links(binary), away, regime, self.expected_network)

    # --- what is known exactly -------------------------------------------------------------------------------
    def exact_values(self) -> ExactValues | None:
        """Exact values and gains of the active sector's links at some states; None where there is no reference."""
        found = known_network(self)
        return None if found is None else _told(found)

    def exact_values_without_options(self) -> ExactValues | None:
        return dataclasses.replace(self, link_cost=PROHIBITIVE).exact_values()

    def equivalent(self, value: tf.Tensor) -> tf.Tensor:
        """Log of the constant GDP that is worth a value."""
        return self.preferences.consumption_equivalent(value)

    def unscaled(self, value: tf.Tensor) -> tf.Tensor:
        return self.preferences.unscaled(value)

    def decision_states(self, known: ExactValues) -> ExactValues:
        return _told(star_opportunities(self)) if known.name == STAR else known


def _told(found: KnownNetwork) -> ExactValues:
    binary = found.links.reshape(len(found.links), -1).astype(float)
    return ExactValues(found.name, found.productivity, binary, found.value, found.link_gain, found.sector)
