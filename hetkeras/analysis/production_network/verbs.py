"""What the verbs ask of production networks: the method of their contract, and the economics of links beside."""

from __future__ import annotations

from hetkeras.analysis.production_network.measure import measure_turns
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.method import register
from hetkeras.methods.jump_diffusion.switching.options import SwitchingOptions
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.methods.jump_diffusion.switching.verbs import SwitchingMethod
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.saved_model import LoadedSolution


class ProductionNetworkMethod(SwitchingMethod[ProductionNetwork]):
    """As for every model of the contract, but that more is measured."""

    contract = ProductionNetwork

    def measure(
        self,
        loaded: LoadedSolution[ProductionNetwork],
        options: SwitchingOptions,
        solver: SwitchingJumpDiffusionSolver | None = None,
    ) -> Diagnosis:
        return measure_turns(loaded)


register(ProductionNetworkMethod())
