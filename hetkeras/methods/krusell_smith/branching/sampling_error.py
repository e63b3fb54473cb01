"""How far business-cycle moments of one path are from those of another: the same economy under further shocks."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.business_cycle import AGGREGATES, business_cycle_moments
from hetkeras.methods.krusell_smith.diagnosis import SimulationPlan
from hetkeras.methods.krusell_smith.simulator import EconomySimulator
from hetkeras.numerics.markov_chain import MarkovChain

SEED = 104_729


def sampled_moments(
    simulator: EconomySimulator, chain: MarkovChain, plan: SimulationPlan, num_paths: int
) -> dict[str, float]:
    """Returns the mean of each moment over further paths, as long as the plan's, and its deviation between them.

    Args:
      simulator: of the choices.
      chain: of aggregate states.
      plan: its path tells how long; see there.
      num_paths: at least 2.

    Raises:
      CalibrationError: if there are fewer than two paths, which have no deviation.
    """
    if num_paths < 2:
        raise CalibrationError(f"{num_paths} further paths were asked for; expected 0 or at least 2")
    uniforms = np.random.default_rng(SEED).uniform(size=(num_paths, len(plan.path)))
    found = []
    for draws in tqdm(uniforms, desc="further paths", unit="path", leave=False, disable=None):
        path = chain.paths(chain.num_states // 2, draws)
        series = simulator.run(path[:, None]).series
        kept = {name: series[name][plan.used, 0] for name in AGGREGATES}
        found.append(business_cycle_moments(kept, plan.smoothing))
    moments = {name: np.array([each[name] for each in found]) for name in found[0]}
    means = {f"{name}_paths": float(values.mean()) for name, values in moments.items()}
    return {"paths": num_paths} | means | {f"{name}_paths_sd": float(v.std(ddof=1)) for name, v in moments.items()}
