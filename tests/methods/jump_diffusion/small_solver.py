"""A small solver for two or four destinations, with steps that are graphs without XLA."""

import keras

from hetkeras.methods.jump_diffusion.networks.deep_sets_value import DeepSetsValue
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.models.export_entry.model import ExportEntry
from tests.small_solves import plain

MODEL = ExportEntry(
    num_destinations=2,
    num_factors=1,
    discount_rate=0.1,
    revenue=(1.0, 1.1),
    cost_loadings=(0.18, 0.12),
    entry_cost=(0.4, 0.7),
    complementarity=(0.0, 0.02, 0.08, 0.0),
)
FOUR = ExportEntry(num_destinations=4, revenue=(1.0, 1.1, 0.9, 1.3), entry_cost=(0.2, 0.4, 0.6, 0.8))
STEPS = 400


def build(model=MODEL, seed=0, **settings):
    keras.utils.set_random_seed(seed)
    network = DeepSetsValue(model.element_features.tolist(), (16, 16), 8, (16,))
    chosen = {
        "num_steps": STEPS,
        "learning_rate": 0.01,
        "warmup_steps": 20,
        "batch_size": 64,
        "span": 0.5,
        "pair_weight": 0.1,
    }
    return plain(JumpDiffusionSolver(model, network, JumpSettings(**chosen | settings), seed))
