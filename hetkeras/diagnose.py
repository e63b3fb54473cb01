"""Reload a SavedModel and measure it: the same for every program."""

from __future__ import annotations

from hetkeras.analysis.production_network.measure import measure_turns
from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.errors import SavedModelError
from hetkeras.methods.euler_residual.diagnosis import diagnose
from hetkeras.methods.euler_residual.loaded import loaded_policy
from hetkeras.methods.jump_diffusion.measure import FlipPlan, measure_flips
from hetkeras.methods.krusell_smith.branching.measure import BranchPlan, measure_branches
from hetkeras.methods.krusell_smith.lumpy.compiled_economy import CompiledEconomy
from hetkeras.methods.krusell_smith.lumpy.measure import FirmPlan, measure_firms
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.phases import phase

CHECK_HEADER = ("check", "measured", "expected", "verdict")


def measure(
    loaded: LoadedSolution,
    plan: FirmPlan = FirmPlan(),
    flips: FlipPlan = FlipPlan(),
    branches: BranchPlan = BranchPlan(),
    economy: CompiledEconomy | None = None,
) -> Diagnosis:
    """Diagnoses a reloaded solution according to the contract of its model.

    Args:
      loaded: the solution.
      plan: for economies of price-taking firms.
      flips: for values over binary states.
      branches: for economies of firms with branches.
      economy: of price-taking firms, compiled by the solver that exported the solution, where that is at hand.

    Raises:
      SavedModelError: if the model fulfils no contract known here.
    """
    if isinstance(loaded.model, PriceTakingFirms):
        return measure_firms(loaded, plan, economy)
    if isinstance(loaded.model, BranchingFirms):
        return measure_branches(loaded, branches)
    if isinstance(loaded.model, SwitchingJumpDiffusion):
        return measure_turns(loaded)
    if isinstance(loaded.model, JumpDiffusion):
        return measure_flips(loaded, flips)
    with phase("diagnosis"):
        return diagnose(loaded.model, reloaded_policy(loaded))


def reloaded_policy(loaded: LoadedSolution) -> Policy:
    """Returns the policy of a symmetric economy out of its SavedModel.

    Raises:
      SavedModelError: if the SavedModel is of another kind of model.
    """
    if not isinstance(loaded.model, SymmetricEconomy):
        raise SavedModelError(
            f"{loaded.path} holds the model {type(loaded.model).__name__}; expected a SymmetricEconomy such as "
            "Investment. Give the directory of one, for example exported_models/investment_linear_n128"
        )
    return loaded_policy(loaded.model, loaded.signatures, loaded.metadata["signatures"]["policy"]["dtype"])
