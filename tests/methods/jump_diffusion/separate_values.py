"""Values of two separate destinations as policies, exact or wrong in a way that is known."""

import functools

import numpy as np
import scipy.interpolate
import scipy.special
import tensorflow as tf

from hetkeras.methods.jump_diffusion.loaded import PolicyOutput
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.references.export_entry.entry_problem import linked_markets
from hetkeras.references.export_entry.separable_entry import SeparableEntry

MODEL = ExportEntry(
    num_destinations=2,
    num_factors=1,
    discount_rate=0.1,
    revenue=(1.0, 1.1),
    cost_loadings=(0.18, 0.12),
    entry_cost=(0.4, 0.7),
    complementarity=(0.0,),
)
POINTS = np.linspace(-8.5, 8.5, 701)  # stationary deviations
STEP = POINTS[1] - POINTS[0]


class SumPolicy:
    """What `LoadedFlipPolicy` offers, for a value that is a sum over destinations: tables [J, 2, n] at POINTS."""

    def __init__(self, model, tables):
        self.model, self.markets = model, linked_markets(model).destinations
        splines = scipy.interpolate.CubicSpline(POINTS, tables, axis=-1)
        self.coefficients = tf.constant(np.moveaxis(splines.c, (0, 1), (3, 2)), tf.float32)  # [J, 2, n - 1, 4]
        self.deviation = tf.constant([market.cost_deviation for market in self.markets], tf.float32)

    def parts(self, state):
        """Values [..., J] while inactive and while active."""
        z = (state - tf.constant(self.model.mean_state, tf.float32)) / self.deviation
        cell = tf.clip_by_value(tf.cast((z - POINTS[0]) / STEP, tf.int32), 0, len(POINTS) - 2)
        beyond = z - tf.gather(tf.constant(POINTS, tf.float32), cell)
        places = tf.stack([tf.broadcast_to(tf.range(len(self.markets)), tf.shape(cell)), cell], -1)
        sides = [tf.gather_nd(self.coefficients[:, side], places) for side in (0, 1)]
        return [((c[..., 0] * beyond + c[..., 1]) * beyond + c[..., 2]) * beyond + c[..., 3] for c in sides]

    def value(self, state, binary):
        inactive, active = self.parts(state)
        return tf.reduce_sum(tf.where(binary > 0.5, active, inactive), -1)

    def evaluate(self, state, binary):
        inactive, active = self.parts(state)
        gains = (1 - 2 * binary) * (active - inactive)
        chosen = self.model.intensity(binary, gains), self.model.accepts(binary, gains)
        return PolicyOutput(self.value(state, binary), gains, *chosen)

    def opportunity(self, state, binary, group, firm, which):
        inactive, active = self.parts(state)
        on = tf.gather_nd(binary, tf.stack([group, firm, which], -1))
        return (1 - 2 * on) * tf.gather_nd(active - inactive, tf.stack([group, which], -1))


def exact_tables(model):
    return solved_tables(model).copy()


@functools.cache
def solved_tables(model):
    markets = linked_markets(model).destinations
    costs = [market.mean_cost + market.cost_deviation * POINTS for market in markets]
    solved = [SeparableEntry(market, 3201, 8.5) for market in markets]
    sides = np.array([[0], [1]])
    return np.stack([each.value(sides, cost) for each, cost in zip(solved, costs, strict=True)])


def frozen_tables(model):
    """Of a firm that never enters: the closed form."""
    rows = zip(model.profit, [market.cost_deviation for market in linked_markets(model).destinations], strict=True)
    held = [profit / (0.1 + 0.1) - deviation * POINTS / (0.1 + 0.3 + 0.1) for profit, deviation in rows]
    return np.stack([np.stack([np.zeros_like(POINTS), part]) for part in held])


def explosive_tables(model):
    """The exact value and a solution of rho f = L f, which no residual sees: a tenth of the value at rest."""
    tables = exact_tables(model)
    size = 0.1 * tables[:, 0, len(POINTS) // 2].sum()
    return tables + size * np.array([1.0, 0.0])[:, None, None] * scipy.special.hyp1f1(0.1 / 0.6, 0.5, POINTS**2 / 2)
