"""Sectors that decide on their own links, one at a time: a Markov-perfect game in the place of the planner.

Each sector has a delegate, whose flow u_i = (L (eps - a + h))_i is minus the log unit cost of its sector. When sector z
is active and an opportunity comes to buy from l, z's own delegate decides, and all others live with it:

    rho V^i_z = u_i + L V^i_z + lambda_z sum_k (V^i_k - V^i_z)
                + sum_l (1 - Y_zl) arrival 1{D^z > s} (D^i - s 1{i = z}) + Y_zl destruction (V^i_z(Y - 1_zl) - V^i_z),
    D^i = V^i_z(Y + 1_zl) - V^i_z.

If links are `joint`, user and supplier decide together: a link is formed where D^z + D^l > s, and they share what is
left, eta of it to the user, by a payment between them. Huang & Yu (2024) name both as extensions; competitive sectors
make no profit, so that flows must be assumed. An equilibrium need not be the only one.

A regime stands for a delegate and a turn, number i N + z. `unit_costs` has the baseline.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import tensorflow as tf

from hetkeras.contracts.known_values import ExactValues
from hetkeras.contracts.switching_jump_diffusion import CorrectionScales, FlipGains, TurnBaseline
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.models.production_network.unit_costs import UnitCostValue
from hetkeras.numerics.random_draws import uniforms
from hetkeras.references.production_network.known_delegates import known_delegates

OWN_TURN = 0.5  # share of drawn regimes in which the delegate is that of the active sector


@dataclasses.dataclass(frozen=True)
class LinkFormationGame(ProductionNetwork):
    """A game over the links of `NetworkCalibration`; regimes are pairs of a delegate and an active sector, N^2."""

    risk_aversion: float = 1.0  # delegates care for log unit costs
    joint: int = 0  # whether the supplier decides, too
    bargaining_power: float = 0.5  # eta, of the user, where links are joint

    def violations(self) -> Iterable[str]:
        yield from super().violations()
        if self.risk_aversion != 1:
            yield f"risk_aversion is {self.risk_aversion}; expected 1: delegates care for log unit costs"
        if self.joint not in (0, 1):
            yield f"joint is {self.joint}; expected 0 (users decide) or 1 (users and suppliers do)"
        if not 0 <= self.bargaining_power <= 1:
            yield f"bargaining_power is {self.bargaining_power}; expected from 0 to 1"
        for name in ("search_cost", "maintenance_cost", "exit_rate"):
            if getattr(self, name):
                yield f"{name} is {getattr(self, name)}; expected 0: delegates make no effort, only a planner does"
        if self.series_terms:
            yield f"series_terms is {self.series_terms}; expected 0: unit costs of delegates are exact"

    # --- regimes ---------------------------------------------------------------------------------------------
    @property
    def num_delegates(self) -> int:
        return self.num_sectors

    @property
    def num_regimes(self) -> int:
        return self.num_sectors**2

    @property
    def regime_name(self) -> str:
        return "delegate_turn"

    @property
    def units(self) -> Mapping[str, str]:
        value = "years of the log of a sector's productivity, inputs and all (minus its log unit cost)"
        turn = f"delegate * {self.num_sectors} + active sector, both from 0"
        own = {"value": f"{value}, of the delegate", "link_gain": f"{value}, of the delegate, from a link of the turn"}
        kept = {name: unit for name, unit in super().units.items() if name != "sector"}
        return kept | own | {self.regime_name: turn, "decision": "what who decides gains from a link"}

    def deciders(self, which: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        """The delegates of the links' users, and of their suppliers where links are joint, in the same turns."""
        sides = [which // self.num_sectors, which % self.num_sectors][: 1 + self.joint]
        return tf.stack([side * self.num_sectors + regime % self.num_sectors for side in sides], -1)

    @property
    def switch_rates(self) -> np.ndarray:
        return np.kron(np.eye(self.num_sectors), super().switch_rates)

    @property
    def available_flips(self) -> np.ndarray:
        return np.tile(super().available_flips, (self.num_sectors, 1))

    @property
    def decision_regimes(self) -> np.ndarray:
        return np.arange(self.num_sectors) * (self.num_sectors + 1)

    def sample_regime(self, seed: tf.Tensor, num_paths: int) -> tf.Tensor:
        """Active sectors from their long-run law; in half of the draws the delegate is theirs, else any."""
        seeds = tf.random.split(seed, 2, alg="philox")
        active = super().sample_regime(seeds[0], num_paths)
        chance, other = tf.unstack(uniforms(seeds[1], (2, num_paths)))
        delegate = tf.where(chance < OWN_TURN, active, tf.cast(other * self.num_sectors, tf.int32))
        return delegate * self.num_sectors + active

    def switch(self, regime: tf.Tensor, span: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        regime = tf.cast(regime, tf.int32)
        active = regime % self.num_sectors
        return regime - active + self._next_sector(active, span, seed)

    # --- flows and decisions ---------------------------------------------------------------------------------
    def flow_in(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        flows = self.unit_costs.flow(self.links(binary), state - self.long_run_mean(state.dtype))
        return tf.gather(flows, regime // self.num_sectors, axis=-1, batch_dims=regime.shape.rank)

    def consulted_regimes(self, regime: tf.Tensor) -> tf.Tensor:
        """The delegate's own gains, then those of the user; where links are joint, of the suppliers, too."""
        count = self.num_sectors
        active, suppliers = (regime % count)[..., None], tf.range(count)
        parts = [regime[..., None], active * (count + 1)]
        parts += [suppliers * count + active] if self.joint else []
        return tf.stack([part + 0 * suppliers for part in parts], -1)

    def decision_gains(self, gains: tf.Tensor) -> FlipGains:
        return FlipGains(gains[..., 0], tf.reduce_sum(gains[..., 1:], -1))

    def regime_payoff(
        self, binary: tf.Tensor, gains: FlipGains, valued: tf.Tensor, which: tf.Tensor, regime: tf.Tensor
    ) -> tf.Tensor:
        rate = self.intensity(binary, gains.decision, which)
        delegate = (regime // self.num_sectors)[..., None]
        sides = (
            tf.cast(delegate == side, valued.dtype) for side in (which // self.num_sectors, which % self.num_sectors)
        )
        user, supplier = sides
        cost = self._entries(self.switching_costs, valued, which)
        if self.joint:
            share = self.bargaining_power * user + (1 - self.bargaining_power) * supplier
            paid = (user + supplier) * gains.own - share * (gains.decision - cost)
        else:
            paid = user * cost
        return rate * (valued - (1 - binary) * paid)

    # --- values in closed form -------------------------------------------------------------------------------
    @property
    def unit_costs(self) -> UnitCostValue:
        """Values of all delegates in networks that do not move, and in those that revert to the usual one."""
        return UnitCostValue(self.technology, self.mean_state, self.discount_rate, self.reversion, self.link_rates)

    @cached_property
    def value_scale(self) -> float:
        """As the planner's, root mean square over delegates."""
        count = self.num_sectors
        cut = np.ones((count + 1, count, count))
        for sector, moves in enumerate(self.movable):
            cut[sector, sector, moves] = 0
        with tf.init_scope():  # numbers, also while a graph is traced
            values = self.unit_costs.frozen(tf.constant(cut), tf.zeros((count + 1, count), tf.float64)).numpy()
        turnover = (self.arrival_rate + self.destruction_rate) / count
        added = np.abs(values[-1] - values[:-1]).sum(0) / 2
        return float(np.sqrt(np.mean(added**2)) * turnover / (self.discount_rate + turnover))

    @cached_property
    def correction_scales(self) -> CorrectionScales:
        """What delegates reach of each sector's turn by way of its links, as far as the active sector's lead."""
        through = np.linalg.inv(np.eye(self.num_sectors) - self.technology.shares)
        reached = through * np.where(self.movable, self.technology.shares, 0.0).sum(1)  # of delegates, by turns
        turns = self.unit_costs.lead * reached / reached.sum(1).mean()
        return CorrectionScales(self.value_scale, turns.ravel())

    def frozen_value(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor | None = None) -> tf.Tensor:
        """Value of the regime's delegate if no link ever moved again, or that of the consumer: [...]."""
        found = self.unit_costs.frozen(self.links(binary), state - self.long_run_mean(state.dtype))
        if regime is None:
            return self._consumed(found)
        return tf.gather(found, regime // self.num_sectors, axis=-1, batch_dims=regime.shape.rank)

    def to_consumer(self, values: tf.Tensor) -> tf.Tensor:
        count = self.num_sectors
        return self._consumed(tf.reduce_mean(tf.reshape(values, (*values.shape[:-1], count, count)), -1))

    def _consumed(self, delegates: tf.Tensor) -> tf.Tensor:
        """Log GDP from minus the log unit costs of all sectors, and values likewise: [...] from [..., N]."""
        return tf.linalg.matvec(delegates, tf.constant(self.technology.consumption, delegates.dtype))

    def gains_at_rest(self, usual: np.ndarray) -> np.ndarray:
        """What adding each link is worth to those who decide, at mean productivity, the others as usual: [N, N]."""
        count, rows = self.num_sectors, []
        with tf.init_scope():  # numbers, also while a graph is traced
            away, every = tf.zeros((count, count), tf.float64), np.arange(count)
            for sector in range(count):
                links = np.repeat(usual[None], count, 0)
                links[every, sector, every] = 0
                found = self.unit_costs.reverting(tf.constant(links), away, tf.fill((count,), sector), usual)
                gains = found.gains.numpy()[every, :, every]  # [S, N delegates]
                rows.append(gains[:, sector] + self.joint * gains[every, every])
        return np.array(rows)

    def open_baseline(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> TurnBaseline:
        """Values of networks that revert to the usual one, for the delegates asked for."""
        count, rank = self.num_sectors, regime.shape.rank
        away, active = state - self.long_run_mean(state.dtype), regime % count
        found = self.unit_costs.reverting(self.links(binary), away, active, self.usual_links)
        values = tf.reshape(found.values, tf.concat([tf.shape(found.values)[:-2], [count**2]], 0))
        by_flip = tf.linalg.matrix_transpose(found.gains)  # [..., S, N]
        gains = tf.gather(by_flip, self.consulted_regimes(regime) // count, axis=-1, batch_dims=rank + 1)
        remainder = tf.gather(found.remainder, regime // count, axis=-1, batch_dims=rank)
        return TurnBaseline(values, gains, remainder[..., None] / count * tf.ones_like(gains[..., 0]))

    # --- what is known exactly -------------------------------------------------------------------------------
    def exact_values(self) -> ExactValues | None:
        """An equilibrium's values and gains at some states; None where there is no reference."""
        found = known_delegates(self)
        if found is None:
            return None
        binary = found.links.reshape(len(found.links), -1).astype(float)
        at = found.productivity, binary, found.value, found.link_gain, found.regime, found.decision
        return ExactValues("equilibrium on a grid", *at)
