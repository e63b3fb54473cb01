"""A firm that enters and leaves export destinations one at a time (Huang & Yu 2024, section 2).

Destination j earns zeta_j - nu_j and what complementarity with the others adds: the flow is y'(zeta - nu) + y'C y.
The cost nu_j reverts to nubar_j at the rate theta; so may revenue. While y_j = 0 an opportunity to enter comes at the
rate lambda0 and costs s_j if taken; while y_j = 1 the destination is lost at the rate lambda1. As extensions search
effort raises the one rate, maintenance effort lowers the other (both at quadratic cost), and opportunities to leave
come at the rate of exit.

Deviation of the states from their means and of y from its mean p decay at known rates as long as the firm takes all
opportunities or none, which gives the value in closed form for any C.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import tensorflow as tf
from scipy.special import ndtr

from hetkeras.contracts.element_names import FlipNames, name_problems
from hetkeras.contracts.known_values import Baseline, ExactValues, ValueBound
from hetkeras.contracts.ornstein_uhlenbeck import RevertingStates
from hetkeras.contracts.switching_costs import FlipEfforts
from hetkeras.models.export_entry.geography import MAX_DESTINATIONS
from hetkeras.references.export_entry.entry_problem import linked_markets, state_of, value_bounds
from hetkeras.references.export_entry.known_entry import FAR, REACH, known_entry

DISTINCT = 0.2  # eigenvectors of C whose eigenvalue is above this share of the largest become traits


@dataclasses.dataclass(frozen=True)
class ExportEntry(RevertingStates):
    """Time in years, money in units of a typical destination's revenue.

    A tuple of one number holds for every destination. `cost_loadings`, `revenue_loadings` and `complementarity` are
    matrices row by row: [J, M] or one row [M] for all; [J, J], or one number for all pairs.
    """

    num_destinations: int = 10  # J
    discount_rate: float = 0.05  # rho
    reversion: float = 0.3  # theta, of costs and revenues
    opportunity_rate: float = 0.5  # lambda0
    loss_rate: float = 0.1  # lambda1
    revenue: tuple[float, ...] = (1.0,)  # zeta, its mean if it moves
    mean_cost: tuple[float, ...] = (0.8,)  # nubar
    num_factors: int = 2  # M
    cost_loadings: tuple[float, ...] = (0.15, 0.10)  # sigma^nu
    revenue_loadings: tuple[float, ...] = ()  # none: revenue is constant
    own_cost_volatility: tuple[float, ...] = (0.0,)  # of a shock of each destination's own
    entry_cost: tuple[float, ...] = (0.8,)  # s
    complementarity: tuple[float, ...] = (0.02,)  # C
    search_cost: float = 0.0  # chi of effort e: chi e^2 / 2 buys a rate of lambda0 + e; zero: no search
    maintenance_cost: float = 0.0  # chi of effort m: chi m^2 / 2 buys a rate of lambda1 - m; zero: none
    exit_rate: float = 0.0  # of opportunities to leave; zero: none
    destination_names: tuple[str, ...] = ()  # what the destinations are called; none: numbers

    def violations(self) -> Iterable[str]:
        if not 1 <= self.num_destinations <= MAX_DESTINATIONS:
            yield f"num_destinations is {self.num_destinations}; expected from 1 to {MAX_DESTINATIONS}"
            return
        if not 1 <= self.num_factors <= 10:
            yield f"num_factors is {self.num_factors}; expected from 1 to 10"
            return
        for name in ("discount_rate", "reversion", "opportunity_rate", "loss_rate"):
            if getattr(self, name) <= 0:
                yield f"{name} is {getattr(self, name)}; expected above 0, per year"
        yield from self.efforts.violations()
        count, factors = self.num_destinations, self.num_factors
        one_or_each = ("revenue", "mean_cost", "own_cost_volatility", "entry_cost")
        lengths: dict[str, tuple[int, ...]] = dict.fromkeys(one_or_each, (1, count))
        lengths["cost_loadings"] = (factors, count * factors)
        lengths["revenue_loadings"] = (0, factors, count * factors)
        lengths["complementarity"] = (1, count * count)
        for name, allowed in lengths.items():
            if len(getattr(self, name)) not in allowed:
                yield (
                    f"{name} has {len(getattr(self, name))} numbers; expected {' or '.join(map(str, allowed))} "
                    f"for {count} destinations and {factors} factors"
                )
        yield from name_problems("destination_names", self.destination_names, count)
        for name in ("revenue", "own_cost_volatility"):
            if min(getattr(self, name), default=0.0) < 0:
                yield f"{name} is {getattr(self, name)}; expected no negative number"
        if count > 1 and len(self.complementarity) == count * count:
            own = np.diag(np.reshape(self.complementarity, (count, count)))
            if own.any():
                yield f"complementarity has {np.count_nonzero(own)} entries on its diagonal; expected zeros there"

    # --- sizes, names and scales -----------------------------------------------------------------------------
    @property
    def num_binary(self) -> int:
        return self.num_destinations

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("cost", "revenue") if self.revenue_loadings else ("cost",)

    @property
    def flip_names(self) -> FlipNames:
        return FlipNames("active", "entry_gain", "enter")

    @property
    def units(self) -> Mapping[str, str]:
        money = "units of a typical destination's revenue"
        flows = dict.fromkeys(self.state_names, f"{money} a year")
        gains = {"value": money, "entry_gain": f"{money}, of entering where the firm is not, of staying where it is"}
        return {
            **flows,
            **gains,
            "active": "1 where the firm exports, else 0",
            "enter": "an opportunity is taken",
            "rate": "flips a year",
        }

    @cached_property
    def complementarities(self) -> np.ndarray:
        """C: [J, J], diagonal zero."""
        count = self.num_destinations
        if len(self.complementarity) == 1:
            return self.complementarity[0] * (1 - np.eye(count))
        return np.reshape(self.complementarity, (count, count))

    @cached_property
    def links(self) -> np.ndarray:
        """What two destinations add to each other, C + C': [J, J]."""
        return self.complementarities + self.complementarities.T

    @cached_property
    def profit(self) -> np.ndarray:
        """zeta - nubar, [J]."""
        return self._each("revenue") - self._each("mean_cost")

    @cached_property
    def entry_costs(self) -> np.ndarray:
        """s, [J]."""
        return self._each("entry_cost")

    @cached_property
    def factor_loadings(self) -> np.ndarray:
        """Of the states on the common shocks: [D, M], costs before revenues."""
        rows = [self._rows("cost_loadings")]
        return np.concatenate([*rows, self._rows("revenue_loadings")] if self.revenue_loadings else rows)

    @cached_property
    def idiosyncratic_loadings(self) -> np.ndarray:
        """Of the states on shocks of their own, [D]."""
        own = self._each("own_cost_volatility")
        return np.concatenate([own, np.zeros_like(own)]) if self.revenue_loadings else own

    @cached_property
    def profit_volatility(self) -> np.ndarray:
        """Of zeta - nu over a short time, [J]: all that matters of the shocks where C is zero."""
        costs, *revenues = np.split(self.factor_loadings, len(self.state_names))
        common = (revenues[0] - costs) if revenues else costs
        return np.sqrt((common**2).sum(1) + self._each("own_cost_volatility") ** 2)

    @property
    def value_scale(self) -> float:
        """Half the present value of profits where they are positive, for entry takes its share."""
        active = self.opportunity_rate / (self.opportunity_rate + self.loss_rate)
        mean = self.profit + active * self.links.sum(1) / 2
        spread = self.profit_volatility / math.sqrt(2 * self.reversion)
        ratio = mean / np.maximum(spread, 1e-12)
        positive = mean * ndtr(ratio) + spread * np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
        return float(active * positive.sum() / self.discount_rate / 2)

    @cached_property
    def element_features(self) -> np.ndarray:
        pairs = self.links
        sizes, vectors = np.linalg.eigh(pairs)
        largest = np.abs(sizes).max()
        linked = np.ptp(pairs[~np.eye(len(pairs), dtype=bool)]) > 0 if len(pairs) > 1 else False
        order = np.argsort(-np.abs(sizes))[:6]
        kept = [k for k in order if linked and abs(sizes[k]) > DISTINCT * largest]
        columns = [self.profit, self.profit_volatility, self.entry_costs, pairs.sum(1) / 2]
        columns += [*np.concatenate(np.split(self.factor_loadings, len(self.state_names)), 1).T]
        columns += [vectors[:, k] * math.sqrt(abs(sizes[k])) for k in kept]
        table = np.stack(columns, 1)
        return table[:, table.std(0) > 1e-9 * (1 + np.abs(table).max(0))]

    @property
    def element_interactions(self) -> np.ndarray:
        return self.links if len(self.complementarity) > 1 and self.links.any() else np.zeros((0, 0))

    def _each(self, name: str) -> np.ndarray:
        return np.broadcast_to(np.asarray(getattr(self, name)), (self.num_destinations,)).astype(float)

    def _rows(self, name: str) -> np.ndarray:
        rows = np.reshape(getattr(self, name), (-1, self.num_factors))
        return np.broadcast_to(rows, (self.num_destinations, self.num_factors)).astype(float)

    @cached_property
    def mean_state(self) -> np.ndarray:
        """[D]."""
        means = [self._each(name) for name in ("mean_cost", "revenue")]
        return np.concatenate(means[: len(self.state_names)])

    @property
    def element_summary(self) -> Mapping[str, np.ndarray]:
        """`contribution` is c_sum of the paper's Figure 1: what a destination adds to the profits of all others."""
        facts = {"revenue": self._each("revenue"), "mean_cost": self._each("mean_cost"), "entry_cost": self.entry_costs}
        names = {"name": np.array(self.destination_names)} if self.destination_names else {}
        return {**names, **facts, "contribution": self.complementarities.sum(0)}

    # --- flows and flips -------------------------------------------------------------------------------------
    def flow(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        pairs = tf.linalg.matvec(tf.constant(self.complementarities, state.dtype), binary)
        return tf.reduce_sum(binary * (tf.constant(self.profit, state.dtype) + self._margin(state) + pairs), -1)

    @property
    def efforts(self) -> FlipEfforts:
        """What can be done about a destination."""
        rates = self.opportunity_rate, self.loss_rate
        return FlipEfforts(*rates, self.search_cost, self.maintenance_cost, self.exit_rate)

    @property
    def switching_costs(self) -> np.ndarray:
        return self.entry_costs

    def _margin(self, state: tf.Tensor) -> tf.Tensor:
        """Deviation of zeta - nu from its mean, [..., J]."""
        costs, *revenues = tf.unstack(self.element_states(state), axis=-1)
        return revenues[0] - costs if revenues else -costs

    # --- closed forms ----------------------------------------------------------------------------------------
    def closed_form(self, state: tf.Tensor, binary: tf.Tensor, accept: bool) -> tf.Tensor:
        """Value of a firm that takes every opportunity, or none, without efforts and exit: [...]."""
        dtype, rho = state.dtype, self.discount_rate
        rate = self.loss_rate + accept * self.opportunity_rate
        mean = accept * self.opportunity_rate / rate
        away = binary - mean  # decays at `rate`
        level = mean / rho + away / (rho + rate)
        slope = mean / (rho + self.reversion) + away / (rho + self.reversion + rate)
        value = tf.reduce_sum(level * tf.constant(self.profit, dtype) + slope * self._margin(state), -1)
        if accept:
            costs = tf.constant(self.entry_costs, dtype)
            value -= self.opportunity_rate * tf.reduce_sum(costs * (1 / rho - level), -1)
        symmetric = tf.constant(self.links, dtype)
        value += tf.constant(mean**2 * self.complementarities.sum() / rho, dtype)
        value += tf.reduce_sum(away * (mean * tf.reduce_sum(symmetric, 1) / (rho + rate)), -1)
        return value + tf.reduce_sum(away * tf.linalg.matvec(symmetric, away), -1) / 2 / (rho + 2 * rate)

    def baseline_flip(self, state: tf.Tensor, binary: tf.Tensor, which: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows = tf.range(tf.shape(which, which.dtype)[0])
        gain = self.baseline_gains(state, binary[:, None], rows, tf.zeros_like(rows), which)
        return gain, -self.loss_rate * tf.gather(binary, which, axis=1, batch_dims=1) * gain

    def baseline_gains(
        self, state: tf.Tensor, binary: tf.Tensor, group: tf.Tensor, member: tf.Tensor, which: tf.Tensor
    ) -> tf.Tensor:
        cells = tf.stack([group, member, which], -1)
        alone = tf.gather_nd(self._alone(state), tf.stack([group, which], -1))
        return (1 - 2 * tf.gather_nd(binary, cells)) * (alone + self._joined(binary, cells))

    def baseline(self, state: tf.Tensor, binary: tf.Tensor) -> Baseline:
        """The value of a firm that takes no opportunity and makes no effort."""
        gains = (1 - 2 * binary) * (self._alone(state) + self._joined(binary))
        return Baseline(self.closed_form(state, binary, False), gains, -self.loss_rate * binary * gains)

    def _alone(self, state: tf.Tensor) -> tf.Tensor:
        """Value of each destination until it is lost, without what it adds to others, [..., J]."""
        rate = self.discount_rate + self.loss_rate
        return tf.constant(self.profit / rate, state.dtype) + self._margin(state) / (self.reversion + rate)

    def _joined(self, binary: tf.Tensor, cells: tf.Tensor | None = None) -> tf.Tensor:
        """Value of what each destination and those that are on add to each other, [..., J]; or at cells [C, 3]."""
        both = self.discount_rate + 2 * self.loss_rate
        if len(self.complementarity) == 1:
            total, own = tf.reduce_sum(binary, -1, keepdims=True), binary
            if cells is not None:
                total, own = tf.gather_nd(total[..., 0], cells[:, :2]), tf.gather_nd(binary, cells)
            return 2 * self.complementarity[0] / both * (total - own)
        joined = tf.linalg.matmul(binary, tf.constant(self.links / both, binary.dtype))
        return joined if cells is None else tf.gather_nd(joined, cells)

    # --- what is known exactly -------------------------------------------------------------------------------
    def exact_values(self) -> ExactValues | None:
        """Exact values and gains at some states; None where there is no reference."""
        return self._known[0] if self._known else None

    def exact_values_off_path(self) -> ExactValues | None:
        return self._known[1] if self._known else None

    @cached_property
    def _known(self) -> list[ExactValues]:
        """Within two and within three standard deviations of the costs; empty where there is no reference."""
        markets = linked_markets(self)
        found = None if markets is None else known_entry(markets, reaches=(REACH, FAR))
        return [
            ExactValues(each.name, state_of(self, each.cost), each.active.astype(float), each.value, each.entry_gain)
            for each in found or []
        ]

    def bounds(self) -> tuple[ValueBound, ValueBound] | None:
        """Values of destinations on their own, without what they add to each other and with all of it."""
        return value_bounds(self)
