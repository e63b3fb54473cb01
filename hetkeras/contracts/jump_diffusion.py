"""The contract of one decision maker with many binary states that flip at random times (Huang & Yu 2024, section 1.1).

Continuous states x follow dx = drift dt + loadings dW + idiosyncratic_volatility dB. Binary states y flip one at a
time. With the gain of each flip, G_j = V(x, flip_j y) - V(x, y), the value solves the Hamilton-Jacobi-Bellman equation

    rho V = flow(x, y) + L V + sum_j H_j(y, G),        L = generator of the diffusion,

where H_j is the best that can be done about flip j: arrival rate times gain net of the cost of switching, if the
flip is a choice and worth it; arrival rate times loss if it is a shock. The paper's equations 7 and 8 leave out the
sum, which is the compensator of the jumps.

Axes: B paths or batch, D continuous states, of which C are common to all elements and K belong to each, J elements
with a binary state each, M Brownian shocks.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.contracts.binary_elements import exchangeable, reached_states
from hetkeras.contracts.element_names import FlipNames, numbered
from hetkeras.contracts.known_values import Baseline, ExactValues, ValueBound
from hetkeras.contracts.switching_costs import FlipEfforts
from hetkeras.errors import CalibrationError


@dataclasses.dataclass(frozen=True)
class JumpDiffusion(Calibration, abc.ABC):
    """Economics of the decision maker. Binary states are floats 0 or 1; dtypes are those given."""

    # --- sizes, names and scales -----------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def num_binary(self) -> int:
        """J."""

    @property
    @abc.abstractmethod
    def discount_rate(self) -> float:
        """rho, per unit of time."""

    @property
    def common_state_names(self) -> tuple[str, ...]:
        """Names of the C continuous states that all elements share; they come first among the D."""
        return ()

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the K continuous states that each element has, exported inputs bear them: D = C + K J."""
        own = self.long_run_mean().shape[0] - len(self.common_state_names)
        if own % self.num_binary:
            raise CalibrationError(
                f"{type(self).__name__} has {own} continuous states beside {len(self.common_state_names)} common ones, "
                f"and {self.num_binary} elements; expected as many for each element: name those that all elements "
                "share in common_state_names"
            )
        return numbered("state", own // self.num_binary)

    @property
    def flip_names(self) -> FlipNames:
        """What exported inputs and outputs are called."""
        return FlipNames("status", "switch_gain", "switch_on")

    @property
    def num_shocks(self) -> int:
        """M, Brownian shocks common to all elements."""
        return int(self.loadings(*self._rest()).shape[-1])

    @cached_property
    def value_scale(self) -> float:
        """Typical size of the value: residuals are stated in units of rho times this.

        Here half the present value of what is on adds to the payoff or takes from it, mean size over states to which
        the diffusion leads within 1 / rho and any number of elements.
        """
        with tf.init_scope():  # numbers, also while a graph is traced
            state, binary = reached_states(self)
            added = self.flow(state, binary) - self.flow(state, tf.zeros_like(binary))
            return float(np.abs(added).mean()) / self.discount_rate / 2

    @property
    def units(self) -> Mapping[str, str]:
        """Units of states, value and gains, for the metadata."""
        names = self.flip_names
        return {
            "value": "payoff, discounted",
            names.gain: "payoff, discounted, of switching on what is off, of keeping what is on",
            names.binary: "1 where on, else 0",
            names.choice: "an opportunity is taken",
            "rate": "flips per unit of time",
        }

    @cached_property
    def element_features(self) -> np.ndarray:
        """What tells the elements apart, [J, F]; F = 0 if nothing does. Networks read it, the economics do not.

        Here a column for each element, unless the payoff stays what it is as elements change places.
        """
        with tf.init_scope():
            return np.zeros((self.num_binary, 0)) if exchangeable(self) else np.eye(self.num_binary)

    @property
    def element_interactions(self) -> np.ndarray:
        """How much elements matter to each other, [J, J], symmetric with zeros on its diagonal; [0, 0] if all alike."""
        return np.zeros((0, 0))

    # --- the diffusion ---------------------------------------------------------------------------------------
    @abc.abstractmethod
    def drift(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """Per unit of time, [..., D] from state [..., D], binary [..., J]."""

    @abc.abstractmethod
    def loadings(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """On the common shocks, [..., D, M], or [D, M] where they are constant."""

    def idiosyncratic_volatility(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor | None:
        """On a Brownian shock of each state's own, [..., D] or [D]; None if there are none."""
        del state, binary
        return None

    @abc.abstractmethod
    def diffuse(
        self, state: tf.Tensor, binary: tf.Tensor, span: tf.Tensor, seed: tf.Tensor, mirrored: bool = False
    ) -> tf.Tensor:
        """Draws the state after a span of time in which nothing flips, [B, D].

        Args:
          state: [B, D]; binary: [B, J]; span: [B].
          seed: [2].
          mirrored: the second half of the rows has the shocks of the first with opposite signs.
        """

    @abc.abstractmethod
    def sample(self, seed: tf.Tensor, num_paths: int, dtype: tf.DType = tf.float32) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws states [B, D] and binary states [B, J] far beyond where firms live, so that none is left out."""

    @abc.abstractmethod
    def long_run_mean(self, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """Where the continuous states rest without shocks, [D]."""

    @property
    def one_sd_shock(self) -> np.ndarray:
        """One standard deviation of the first common shock in the states, [D]: the size of impulses.

        Here what it does in a unit of time.
        """
        return self.loadings(*self._rest())[..., 0].numpy()

    @property
    def element_summary(self) -> Mapping[str, np.ndarray]:
        """What a reader wants to know of the elements, name -> [J], for tables and figures."""
        return {}

    def element_states(self, state: tf.Tensor) -> tf.Tensor:
        """The states that each element sees, as distances from where they rest: [..., J, C + K] from [..., D]."""
        moved = self.split_states(state - self.long_run_mean(state.dtype))
        shape = tf.concat([tf.shape(state)[:-1], [self.num_binary]], 0)
        common = len(self.common_state_names)
        parts = [tf.broadcast_to(part[..., None], shape) if k < common else part for k, part in enumerate(moved)]
        return tf.stack(parts, -1)

    @property
    def all_state_names(self) -> tuple[str, ...]:
        """Names of all continuous states, those common to all elements first."""
        return (*self.common_state_names, *self.state_names)

    def split_states(self, state: tf.Tensor) -> list[tf.Tensor]:
        """The states by their names, from [..., D]: [...] where they are common, else [..., J]. Arrays stay arrays."""
        common, own = len(self.common_state_names), len(self.state_names)
        width = (state.shape[-1] - common) // own if own else 0
        starts = range(common, common + own * width, width or 1)
        return [state[..., k] for k in range(common)] + [state[..., start : start + width] for start in starts]

    def join_states(self, parts: Sequence[tf.Tensor]) -> tf.Tensor:
        """The inverse of `split_states`, [..., D]."""
        common = len(self.common_state_names)
        return tf.concat([part[..., None] if k < common else part for k, part in enumerate(parts)], -1)

    def _rest(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Where states rest with nothing switched on."""
        return self.long_run_mean(tf.float64), tf.zeros((self.num_binary,), tf.float64)

    # --- flows and flips -------------------------------------------------------------------------------------
    @abc.abstractmethod
    def flow(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """Payoff per unit of time, [...]."""

    @property
    @abc.abstractmethod
    def efforts(self) -> FlipEfforts:
        """Rates of opportunities and of separations, and what effort does to them: `FlipEfforts(arrival, destruction)`.

        All elements share them. A model whose flips pay otherwise overrides the five members after `can_switch`.
        """

    @property
    def switching_costs(self) -> np.ndarray:
        """s, paid when a binary state is switched on, [J]."""
        return np.zeros(self.num_binary)

    @property
    def can_switch(self) -> np.ndarray:
        """Whether a binary state ever moves, bool [J]."""
        return np.ones(self.num_binary, bool)

    def jump_payoff(
        self, binary: tf.Tensor, gains: tf.Tensor, valued: tf.Tensor, which: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Expected payoff per unit of time of each flip, net of costs, shaped like `gains`.

        The decision uses `gains`, the payoff `valued`. With both the same it is H_j; its derivative in the gain is then
        `intensity`, whose arguments it shares.
        """
        payoff = self.efforts.jump_payoff(binary, gains, valued, self._entries(self.switching_costs, gains, which))
        return self._where_switchable(payoff, which)

    def intensity(self, binary: tf.Tensor, gains: tf.Tensor, which: tf.Tensor | None = None) -> tf.Tensor:
        """Rate at which binary states flip under the best decision given the gains.

        Args:
          binary, gains: of all elements, [..., J]; or of one element in each case, [C].
          which: that element, [C].
        """
        rate = self.efforts.intensity(binary, gains, self._entries(self.switching_costs, gains, which))
        return self._where_switchable(rate, which)

    def accepts(self, binary: tf.Tensor, gains: tf.Tensor, which: tf.Tensor | None = None) -> tf.Tensor:
        """Whether an opportunity to switch on would be taken, bool, shaped as `intensity`; False where it is on."""
        taken = (binary < 0.5) & (gains > self._entries(self.switching_costs, gains, which))
        return taken if self.can_switch.all() else taken & (self._entries(self.can_switch, gains, which) > 0)

    @property
    def max_hazard(self) -> np.ndarray:
        """Rates that `intensity` cannot exceed, [J, 2] for flips from 0 and from 1; infinity if there is none."""
        return np.where(self.can_switch[:, None], self.efforts.bounds, 0.0)

    @property
    def endogenous_flips(self) -> tuple[bool, bool]:
        """Whether flips from 0 and from 1 depend on their gains, or come at the rates of `max_hazard`."""
        return self.efforts.chosen

    def _where_switchable(self, rate: tf.Tensor, which: tf.Tensor | None) -> tf.Tensor:
        return rate if self.can_switch.all() else rate * self._entries(self.can_switch, rate, which)

    @staticmethod
    def _entries(column: np.ndarray, like: tf.Tensor, which: tf.Tensor | None) -> tf.Tensor:
        """A column [J] of all binary states, or its entries at those asked for."""
        entries = tf.constant(column, like.dtype)
        return entries if which is None else tf.gather(entries, which)

    # --- what is known without training ----------------------------------------------------------------------
    def baseline_flip(self, state: tf.Tensor, binary: tf.Tensor, which: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The baseline's gain of one flip in each row and that element's remainder, both [C].

        Args:
          state: [C, D]; binary: [C, J].
          which: the element, [C].
        """
        found = self.baseline(state, binary)
        return tuple(tf.gather(part, which, axis=1, batch_dims=1) for part in (found.gains, found.remainder))

    def baseline_gains(
        self, state: tf.Tensor, binary: tf.Tensor, group: tf.Tensor, member: tf.Tensor, which: tf.Tensor
    ) -> tf.Tensor:
        """The baseline's gain of one flip in each case [C], where members of a group share the continuous states.

        Args:
          state: [G, D]; binary: [G, F, J].
          group, member, which: indices of the cases, [C].
        """
        mine = tf.gather_nd(binary, tf.stack([group, member], -1))
        return self.baseline_flip(tf.gather(state, group), mine, which)[0]

    def baseline(self, state: tf.Tensor, binary: tf.Tensor) -> Baseline:
        """A value in closed form, near the true one if possible; zero here."""
        flow = self.flow(state, binary)
        spread = tf.ones_like(binary) / self.num_binary
        return Baseline(tf.zeros_like(flow), tf.zeros_like(binary), flow[..., None] * spread)

    def exact_values(self) -> ExactValues | None:
        """Exact values at some states, to measure solutions against; None where there are none."""

    def exact_values_off_path(self) -> ExactValues | None:
        """As `exact_values`, at states farther out than own paths go; None where there are none."""

    def bounds(self) -> tuple[ValueBound, ValueBound] | None:
        """A lower and an upper bound of the value; None where there are none."""


def flip(binary: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
    """Flips one binary state in each row: [B, J] from [B, J], indices [B]."""
    chosen = tf.one_hot(which, binary.shape[-1], dtype=binary.dtype)
    return binary + chosen * (1 - 2 * binary)
