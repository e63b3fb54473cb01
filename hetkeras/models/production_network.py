"""A planner forms and loses input-output links one at a time (Huang & Yu 2024, section 3).

Log productivity eps_i reverts to its mean at the rate phi. A Markov chain z says which sector is active; it moves to
each other sector at the rate lambda_z. An opportunity to add an input that the active sector lacks comes at the rate
of arrival and costs s if taken; an input that it has is lost at the rate of destruction. Utility is CRRA in GDP:

    rho V_z = u(f) + L V_z + lambda_z sum_i (V_i - V_z) + sum_{j != z} H_zj,
    H_zj = (1 - Y_zj) arrival max{V_z(Y + 1_zj) - V_z - s, 0} + Y_zj destruction (V_z(Y - 1_zj) - V_z).

Corrections to the paper: the equations of sections 3.2 and 3.3 leave out the compensator, the sums over j; equation 13
has 1 - e^(lambda D) for 1 - e^(-lambda D) and one rate for chain, arrival and destruction, which gives a link one
opportunity in N / lambda years. Utility is scaled, which moves V by 1 / ((1-gamma) rho) and has f as its limit at
gamma = 1. `network_technology` has f, and what equation 12 lacks.

While no link moves, f is an Ornstein-Uhlenbeck process, so that the value of a frozen network is in closed form.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import Baseline, FlipNames, KnownValues
from hetkeras.contracts.reverting_states import RevertingStates
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.discounted_utility import DiscountedUtility
from hetkeras.network_technology import NetworkTechnology
from hetkeras.processes import uniforms
from hetkeras.references.known_network import known_network

MAX_SECTORS = 500
SUM_TOLERANCE = 1e-6


@dataclasses.dataclass(frozen=True)
class ProductionNetwork(SwitchingJumpDiffusion, RevertingStates):
    """Time in years. Binary states are the links row by row, J = N^2 with a diagonal that is on and stays on.

    A tuple of one number holds for every sector, or pair of sectors. `shares`, `link_penalty` and `link_cost` are
    matrices row by row, [N, N] with a row for each user; `productivity_loadings` is [N, M], or one row [M] for all.
    Links with a share of zero mean nothing and never move.
    """

    num_sectors: int = 5  # N
    discount_rate: float = 0.05  # rho
    reversion: float = 0.34  # phi
    risk_aversion: float = 2.0  # gamma
    switch_rate: float = 0.5  # lambda_z, of the active sector to each other one
    arrival_rate: float = 0.5  # lambda, of opportunities to add each missing link of the active sector
    destruction_rate: float = 0.5  # lambda, of the loss of each of its links
    shares: tuple[float, ...] = (0.1,)  # alpha of the full technology
    consumption_shares: tuple[float, ...] = ()  # beta; none: equal
    mean_productivity: tuple[float, ...] = (0.0,)  # epsbar, in logs
    num_factors: int = 2  # M
    productivity_loadings: tuple[float, ...] = (0.02, 0.01)  # sigma, of log productivity
    sector_penalty: tuple[float, ...] = (1.0,)  # kappa_i0
    link_penalty: tuple[float, ...] = (1.0,)  # kappa_ij
    penalty_cap: float = 1.0  # of the loss of log TFP
    link_cost: tuple[float, ...] = (0.0,)  # s, in units of the value
    normalised: int = 1  # whether production bears the normaliser of Cobb-Douglas functions
    series_terms: int = 0  # of the Neumann series for log GDP, 10 in the paper; 0 solves exactly

    def violations(self) -> Iterable[str]:
        if not 2 <= self.num_sectors <= MAX_SECTORS:
            yield f"num_sectors is {self.num_sectors}; expected from 2 to {MAX_SECTORS}"
            return
        if not 1 <= self.num_factors <= 10:
            yield f"num_factors is {self.num_factors}; expected from 1 to 10"
            return
        for name in ("discount_rate", "reversion", "risk_aversion", "switch_rate", "penalty_cap"):
            if getattr(self, name) <= 0:
                yield f"{name} is {getattr(self, name)}; expected above 0"
        for name in ("arrival_rate", "destruction_rate", "series_terms"):
            if getattr(self, name) < 0:
                yield f"{name} is {getattr(self, name)}; expected 0 or above"
        if self.arrival_rate == 0 == self.destruction_rate:
            yield "arrival_rate and destruction_rate are both 0; expected one above 0, or nothing ever moves"
        if self.normalised not in (0, 1):
            yield f"normalised is {self.normalised}; expected 0 or 1"
        wrong = [*self._wrong_lengths()]
        yield from wrong
        for name in ("shares", "consumption_shares", "sector_penalty", "link_penalty"):
            if min(getattr(self, name), default=0.0) < 0:
                yield f"{name} has the entry {min(getattr(self, name))}; expected no negative number"
        if not wrong:
            yield from self._unstable()

    def _wrong_lengths(self) -> Iterable[str]:
        count, factors = self.num_sectors, self.num_factors
        lengths = dict.fromkeys(("mean_productivity", "sector_penalty"), (1, count))
        lengths |= dict.fromkeys(("shares", "link_penalty", "link_cost"), (1, count * count))
        lengths |= {"consumption_shares": (0, count), "productivity_loadings": (factors, count * factors)}
        for name, allowed in lengths.items():
            if len(getattr(self, name)) not in allowed:
                yield (
                    f"{name} has {len(getattr(self, name))} numbers; expected {' or '.join(map(str, allowed))} "
                    f"for {count} sectors and {factors} factors"
                )

    def _unstable(self) -> Iterable[str]:
        total = self.technology.consumption.sum()
        if abs(total - 1) > SUM_TOLERANCE:
            yield f"consumption_shares sum to {total:.6g}; expected 1: divide them by their sum"
        sums = self.technology.shares.sum(1)
        if sums.max() >= 1:
            where = np.flatnonzero(sums >= 1)
            yield (
                f"shares of inputs sum to {sums.max():.6g} in sector {sums.argmax()} (1 or above in {len(where)} of "
                f"{len(sums)}); expected below 1, for the rest is labour"
            )
        radius = np.abs(np.linalg.eigvals(self.technology.shares)).max()
        if radius >= 1:
            yield f"the network of shares is unstable: its spectral radius is {radius:.6g}; expected below 1"
        if not self.movable.any():
            yield "shares has no positive entry off its diagonal; expected links that can be formed"

    # --- sizes, names and scales -----------------------------------------------------------------------------
    @property
    def num_binary(self) -> int:
        return self.num_sectors**2

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
    def technology(self) -> NetworkTechnology:
        """Production at the calibration's parameters."""
        return NetworkTechnology(
            self._pairs("shares"),
            np.asarray(self.consumption_shares or (1 / self.num_sectors,) * self.num_sectors, float),
            self._each("sector_penalty"),
            self._pairs("link_penalty"),
            self.penalty_cap,
            bool(self.normalised),
            self.series_terms,
        )

    @cached_property
    def movable(self) -> np.ndarray:
        """Links that can move, bool [N, N]: off the diagonal, with a share above zero."""
        return (self._pairs("shares") > 0) & ~np.eye(self.num_sectors, dtype=bool)

    @cached_property
    def link_costs(self) -> np.ndarray:
        """s, [N, N]."""
        return self._pairs("link_cost")

    @cached_property
    def mean_state(self) -> np.ndarray:
        return self._each("mean_productivity")

    @cached_property
    def factor_loadings(self) -> np.ndarray:
        rows = np.reshape(self.productivity_loadings, (-1, self.num_factors))
        return np.broadcast_to(rows, (self.num_sectors, self.num_factors)).astype(float)

    @property
    def own_loadings(self) -> np.ndarray:
        return np.zeros(self.num_sectors)

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
        return float(np.abs(values[-1] - values[:-1]).sum() / 2 * turnover / (self.discount_rate + turnover))

    @cached_property
    def element_traits(self) -> np.ndarray:
        technology = self.technology
        domar = np.linalg.solve(np.eye(self.num_sectors) - technology.shares.T, technology.consumption)
        columns = [domar, technology.consumption, technology.shares.sum(1), technology.sector_penalty, self.mean_state]
        table = np.column_stack([*columns, self.factor_loadings])
        return table[:, table.std(0) > 1e-9 * (1 + np.abs(table).max(0))]

    @property
    def element_facts(self) -> Mapping[str, np.ndarray]:
        count = self.num_sectors
        facts = {"share": self.technology.shares.ravel(), "link_cost": self.link_costs.ravel()}
        return {"user": np.arange(count).repeat(count), "supplier": np.tile(np.arange(count), count), **facts}

    def _each(self, name: str) -> np.ndarray:
        return np.broadcast_to(np.asarray(getattr(self, name)), (self.num_sectors,)).astype(float)

    def _pairs(self, name: str) -> np.ndarray:
        shape = (self.num_sectors, self.num_sectors)
        entries = getattr(self, name)
        return np.full(shape, entries[0], float) if len(entries) == 1 else np.reshape(entries, shape).astype(float)

    # --- states and regimes ----------------------------------------------------------------------------------
    def links(self, binary: tf.Tensor) -> tf.Tensor:
        """[..., N, N] from binary states [..., J]."""
        return tf.reshape(binary, tf.concat([tf.shape(binary)[:-1], [self.num_sectors, self.num_sectors]], 0))

    def element_states(self, state: tf.Tensor) -> tf.Tensor:
        return (state - self.rest_state(state.dtype))[..., None]

    def sample(self, seed: tf.Tensor, num_paths: int, dtype: tf.DType = tf.float32) -> tuple[tf.Tensor, tf.Tensor]:
        state, binary = super().sample(seed, num_paths, dtype)
        return state, tf.maximum(binary, tf.constant(np.eye(self.num_sectors).ravel(), dtype))

    @property
    def switch_rates(self) -> np.ndarray:
        return self.switch_rate * (1 - np.eye(self.num_sectors))

    @property
    def open_flips(self) -> np.ndarray:
        return np.arange(self.num_binary).reshape(self.num_sectors, self.num_sectors)

    def sample_regime(self, seed: tf.Tensor, num_paths: int) -> tf.Tensor:
        return tf.cast(uniforms(seed, (num_paths,)) * self.num_sectors, tf.int32)

    def switch(self, regime: tf.Tensor, span: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Like a fresh draw of all N sectors at the rate N lambda_z, which is the same chain."""
        seeds = tf.random.split(seed, 2, alg="philox")
        chance = -tf.math.expm1(-self.num_sectors * self.switch_rate * span)
        fresh = self.sample_regime(seeds[0], regime.shape[0])
        return tf.where(uniforms(seeds[1], regime.shape, chance.dtype) < chance, fresh, tf.cast(regime, tf.int32))

    # --- flows and flips -------------------------------------------------------------------------------------
    def flow(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        return self.preferences.utility(self.technology.log_gdp(self.links(binary), state))

    @property
    def preferences(self) -> DiscountedUtility:
        """Utility of log GDP, and consumption equivalents of values."""
        return DiscountedUtility(self.discount_rate, self.risk_aversion, self.reversion)

    def surplus(
        self, binary: tf.Tensor, gains: tf.Tensor, valued: tf.Tensor, which: tf.Tensor | None = None
    ) -> tf.Tensor:
        return self.intensity(binary, gains, which) * (valued - (1 - binary) * self._of(self.link_costs, gains, which))

    def intensity(self, binary: tf.Tensor, gains: tf.Tensor, which: tf.Tensor | None = None) -> tf.Tensor:
        taken = tf.cast(self._worth(gains, which) > 0, gains.dtype)
        rate = tf.where(binary > 0.5, tf.constant(self.destruction_rate, gains.dtype), self.arrival_rate * taken)
        return rate * self._of(self.movable, gains, which)

    def accepted(self, binary: tf.Tensor, gains: tf.Tensor, which: tf.Tensor | None = None) -> tf.Tensor:
        return (binary < 0.5) & (self._worth(gains, which) > 0) & (self._of(self.movable, gains, which) > 0)

    @property
    def intensity_bounds(self) -> np.ndarray:
        return self.movable.reshape(-1, 1) * np.array([self.arrival_rate, self.destruction_rate])

    @property
    def chosen_flips(self) -> tuple[bool, bool]:
        return True, False

    def _worth(self, gains: tf.Tensor, which: tf.Tensor | None) -> tf.Tensor:
        return gains - self._of(self.link_costs, gains, which)

    @staticmethod
    def _of(table: np.ndarray, like: tf.Tensor, which: tf.Tensor | None) -> tf.Tensor:
        """Entries of all links [J], or of those asked for."""
        entries = tf.constant(table.ravel(), like.dtype)
        return entries if which is None else tf.gather(entries, which)

    # --- the frozen network ----------------------------------------------------------------------------------
    def frozen_value(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """Value if no link ever moved again, [...]."""
        return self._discounted(self.technology.aggregates(self.links(binary), self._columns(state)))

    def open_baseline(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> Baseline:
        """The frozen value: nothing remains of flow, drift and discounting."""
        links = self.links(binary)
        here, after = self.technology.aggregates_after_flips(links, self._columns(state), regime)
        value = self._discounted(here)
        gains = self._discounted(after) - value[..., None]
        return Baseline(value, gains, tf.zeros_like(gains))

    def baseline(self, state: tf.Tensor, binary: tf.Tensor) -> Baseline:
        """All rows one by one: for maps of gains, not for training."""
        regimes = tf.broadcast_to(tf.range(self.num_sectors), tf.concat([tf.shape(binary)[:-1], [self.num_sectors]], 0))
        rows = [tf.repeat(part[..., None, :], self.num_sectors, -2) for part in (state, binary)]
        found = self.open_baseline(*rows, regimes)
        flat = [tf.reshape(part, tf.shape(binary)) for part in found[1:]]
        return Baseline(found.value[..., 0], *flat)

    def baseline_flip(self, state: tf.Tensor, binary: tf.Tensor, which: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        found = self.open_baseline(state, binary, which // self.num_sectors)
        column = which % self.num_sectors
        return tuple(tf.gather(part, column, axis=1, batch_dims=1) for part in (found.gains, found.remainder))

    def _columns(self, state: tf.Tensor) -> tf.Tensor:
        """Mean productivity, its deviation and its loadings, [..., N, 2 + M]."""
        away, ones = self.element_states(state), tf.ones_like(state)[..., None]
        rest = self.rest_state(state.dtype)[:, None]
        return tf.concat([rest * ones, away, tf.constant(self.factor_loadings, state.dtype) * ones], -1)

    def _discounted(self, aggregates: tf.Tensor) -> tf.Tensor:
        """Value [...] of a long-run level of log GDP, a deviation from it and loadings, [..., 2 + M]."""
        return self.preferences.value(aggregates[..., 0], aggregates[..., 1], aggregates[..., 2:])

    # --- what is known exactly -------------------------------------------------------------------------------
    def known(self) -> KnownValues | None:
        """Exact values and gains of the active sector's links at some states; None where there is no reference."""
        found = known_network(self)
        if found is None:
            return None
        binary = found.links.reshape(len(found.links), -1).astype(float)
        return KnownValues(found.name, found.productivity, binary, found.value, found.link_gain, found.sector)
