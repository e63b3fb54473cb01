"""What the losses of Huang and Yu (2024) come to where a planner's value is known: two and three sectors.

Where both losses are small they ask for different values. What comes out is told as the share of the way from the exact
value to that of links and turns that never move. Beside it stands what least squares over all states would do without
a network, with productivity held where it is: one square knows of jumps, 2^M + 1 others do not. The divisor P_t alone
makes P V(P rho) out of a value V(rho), exactly.

Example:
  python -m tools.paper_biases --csv=docs/measured/paper_biases.csv
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from absl import flags

from hetkeras.command_line.program import run_app
from hetkeras.contracts.known_values import ExactValues
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.jump_diffusion.paper_solver import PaperSettings
from hetkeras.methods.jump_diffusion.switching.huang_yu_solver import SwitchingHuangYuSolver
from hetkeras.methods.jump_diffusion.switching.networks.dense_regime_value import DenseRegimeValue
from hetkeras.models.production_network.benchmark_economies import small_table
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.references.numerics.option_grid import Moves
from hetkeras.references.production_network.link_states import LinkStates

LOSSES: dict[str, dict[str, Any]] = {
    "as printed": {},
    "as printed, Delta = 0.1": {"difference_step": 0.1},
    "with the compensator": {"compensated": 1},
    "with the compensator, Delta = 0.1": {"compensated": 1, "difference_step": 0.1},
    "without 1 / P_t": {"normalised": 0},
    "with the compensator, without 1 / P_t": {"compensated": 1, "normalised": 0},
}
MOST_REVISIONS = 20  # of which links pay
HEADER = (
    "sectors",
    "losses",
    "seed",
    "step",
    "num_steps",
    "error_rms",
    "to_frozen",
    "predicted_rms",
    "unexplained_rms",
    "divisor_rms",
    "decisions_right",
)
FLAGS = flags.FLAGS


def trained(model: ProductionNetwork, settings: PaperSettings, width: int, seed: int) -> SwitchingHuangYuSolver:
    """A solver that has taken all of its steps."""
    keras.utils.set_random_seed(seed)
    network = DenseRegimeValue(model.num_regimes, hidden=(width,) * 3, num_shocks=model.num_shocks)
    solver = SwitchingHuangYuSolver(model, network, settings, seed)
    fine, _ = solver.train(tf.constant(settings.num_steps))
    assert bool(fine)  # no step was broken
    return solver


def biases(solver: SwitchingHuangYuSolver, known: ExactValues) -> dict[str, float]:
    """How far V is from exact values, over their range, and which way."""
    model, told = _planner(solver), at(solver, known)
    assert known.regime is not None  # turns are taken
    frozen = model.frozen_value(tf.constant(known.state), tf.constant(known.binary)).numpy()
    span = float(np.ptp(known.value))
    predicted, slowed = compromise(model, known, solver.chosen), divided(model, solver.chosen) - known.value
    gap, way = told - known.value, frozen - known.value
    return {
        "error_rms": rms(gap) / span,
        "to_frozen": float(gap @ way / (way @ way)),
        "predicted_rms": rms(predicted + slowed) / span,
        "unexplained_rms": rms(gap - predicted - slowed) / span,
        "divisor_rms": rms(slowed) / span,
        "decisions_right": decisions(solver, known),
    }


def _planner(solver: SwitchingHuangYuSolver) -> ProductionNetwork:
    assert isinstance(solver.model, ProductionNetwork)
    return solver.model


def at(solver: SwitchingHuangYuSolver, known: ExactValues) -> np.ndarray:
    """V at the states of known values, [n]."""
    still = tf.constant(known.binary, tf.float32), tf.constant(known.regime, tf.int32)
    return solver.value(tf.constant(known.state, tf.float32), still)[0].numpy().astype(float)


def compromise(model: ProductionNetwork, known: ExactValues, settings: PaperSettings) -> np.ndarray:
    """What least squares make of both losses less what Loss_A alone asks, were productivity to stay, [n]."""
    states = LinkStates(model)
    moves = states.moves(model)
    networks = np.repeat(states.networks, model.num_sectors, 0).reshape(states.count, -1)
    size, on = states.bits.shape[1], states.bits.sum(1)
    chances = np.array([1 / ((size + 1) * math.comb(size, int(number))) for number in on])
    chance = np.repeat(chances, model.num_sectors) / model.num_sectors
    weight = 0.0 if settings.compensated else settings.weight * (2**model.num_shocks + 1)
    links, found = known.binary.reshape(-1, *states.networks.shape[1:]), []
    for row, index in zip(known.state, states.index(links, np.asarray(known.regime)), strict=True):
        rows = tf.constant(np.repeat(row[None], len(networks), 0))
        flow = model.discount_rate * model.frozen_value(rows, tf.constant(networks)).numpy()
        both, alone = (_least(model.discount_rate, flow, moves, chance, each) for each in (weight, 0.0))
        found.append(both[index] - alone[index])
    return np.array(found)


def _least(rate: float, flow: np.ndarray, moves: Moves, chance: np.ndarray, weight: float) -> np.ndarray:
    """V [S] of least squares of rho V - u - (jumps) and, as often as `weight` says, of rho V - u."""
    value, size = flow / rate, len(flow)
    for _ in range(MOST_REVISIONS):
        taken = ~moves.chosen | (value[moves.target] - value[moves.origin] > moves.cost)
        jumps, costs = np.zeros((size, size)), np.zeros(size)
        np.add.at(jumps, (moves.origin, moves.target), moves.rate * taken)
        np.add.at(costs, moves.origin, moves.rate * taken * moves.cost)
        moving = rate * np.eye(size) + np.diag(jumps.sum(1)) - jumps
        normal = moving.T @ (chance[:, None] * moving) + weight * rate**2 * np.diag(chance)
        right = moving.T @ (chance * (flow - costs)) + weight * rate * chance * flow
        before, value = value, np.linalg.solve(normal, right)
        if np.abs(value - before).max() < 1e-10:
            break
    return value


def divided(model: ProductionNetwork, settings: PaperSettings) -> np.ndarray:
    """The value that solves the analytic formulation with 1 / P_t: rho V = u + (all that moves) / P."""
    others, step = model.num_sectors - 1, settings.difference_step
    rates = model.switch_rate, model.arrival_rate
    chances = sum(others * -np.expm1(-step * rate) for rate in rates) if settings.normalised else 0.0
    divisor = 1 + chances
    return divisor * known_at(model, {"discount_rate": divisor * model.discount_rate}).value


def known_at(model: ProductionNetwork, changes: dict[str, Any]) -> ExactValues:
    known = dataclasses.replace(model, **changes).exact_values()
    assert known is not None  # two or three sectors
    return known


def rms(gap: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(gap))))


def decisions(solver: SwitchingHuangYuSolver, known: ExactValues) -> float:
    """Share of opportunities at which the exact gains decide alike."""
    model, regime = _planner(solver), tf.constant(known.regime, tf.int32)
    state, binary = (tf.constant(part, tf.float32) for part in (known.state, known.binary))
    which = model.available(regime)
    here, after = solver.network.with_open_flips(model.element_states(state), binary, regime, which)
    on = tf.gather(binary, which, batch_dims=1).numpy()
    gains = (1 - 2 * on) * (after - tf.gather(here, regime, batch_dims=1)[:, None]).numpy()
    offered = (on < 0.5) & model.movable.ravel()[which.numpy()]
    return float(((gains > 0) == (known.worth > 0))[offered].mean())


def rows(sizes: list[int], num_steps: int, width: int, seeds: int) -> Iterator[tuple[Any, ...]]:
    for size in sizes:
        model = ProductionNetwork(**small_table(size))
        known = known_at(model, {})
        for name, chosen in LOSSES.items():
            for seed in range(seeds):
                settings = PaperSettings(**{"num_steps": num_steps, "learning_rate": 3e-3, **chosen})
                found = biases(trained(model, settings, width, seed), known)
                row = {"sectors": size, "losses": name, "seed": seed, "step": settings.difference_step, **found}
                row["num_steps"] = num_steps
                yield tuple(row[column] for column in HEADER)


def main(argv: list[str]) -> None:
    del argv
    found = []
    for row in rows([*map(int, FLAGS.sectors)], FLAGS.num_steps, FLAGS.width, FLAGS.seeds):
        found.append(row)
        print(table(HEADER, [row]), flush=True)
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*found, strict=True), strict=True)))
    print(f"written: {FLAGS.csv}")


if __name__ == "__main__":
    flags.DEFINE_list("sectors", ["2", "3"], "Sizes.")
    flags.DEFINE_integer("num_steps", 10_000, "Steps of each training.", 200)
    flags.DEFINE_integer("width", 64, "Nodes in each hidden layer.", 4)
    flags.DEFINE_integer("seeds", 1, "Seeds of each case.", 1)
    flags.DEFINE_string("csv", "runs/paper_biases.csv", "Where the table goes.")
    run_app(main)
