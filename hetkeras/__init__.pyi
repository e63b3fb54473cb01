from . import contracts, layers, models, numerics
from .calibration import Calibration
from .contracts.aggregate_risk_households import AggregateRiskHouseholds
from .contracts.branching_firms import BranchingFirms
from .contracts.cobb_douglas_firms import CobbDouglasFirms
from .contracts.isoelastic_households import IsoelasticHouseholds
from .contracts.jump_diffusion import JumpDiffusion
from .contracts.ornstein_uhlenbeck import RevertingStates
from .contracts.price_taking_firms import PriceTakingFirms
from .contracts.price_taking_households import PriceTakingHouseholds
from .contracts.switching_costs import FlipEfforts
from .contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from .contracts.symmetric_economy import SymmetricEconomy
from .contracts.terminal_value_diffusion import TerminalValueDiffusion
from .diagnosis.diagnosis import Diagnosis
from .errors import (
    CalibrationError,
    EstimationError,
    HetkerasError,
    ModelFileError,
    OnnxError,
    RunDirectoryError,
    SavedModelError,
    ShapeError,
    SweepError,
    TrainingDiverged,
    UntrustedModelError,
)
from .estimation.bootstrap import block_bootstrap, parametric_bootstrap
from .estimation.emulator import Emulator
from .estimation.estimate import Estimate
from .estimation.posterior import Posterior
from .numerics.conditional_chain import ConditionalChain
from .numerics.markov_chain import MarkovChain
from .numerics.random_draws import SymmetricShocks
from .numerics.regime_chain import RegimeChain
from .saved_model import LoadedSolution, export, load
from .solution import Solution
from .verbs.box_moments import BoxMoments
from .verbs.diagnose import diagnose
from .verbs.emulate import emulate
from .verbs.estimate import estimate
from .verbs.export_onnx import export_onnx
from .verbs.moments import moments
from .verbs.posterior import posterior
from .verbs.simulate import simulate
from .verbs.solve import solve
from .verbs.solved_moments import SolvedMoments
from .verbs.sweep import sweep
from .verbs.transition import transition

__version__: str

__all__ = [
    "AggregateRiskHouseholds",
    "BoxMoments",
    "BranchingFirms",
    "Calibration",
    "CalibrationError",
    "CobbDouglasFirms",
    "ConditionalChain",
    "Diagnosis",
    "Emulator",
    "Estimate",
    "EstimationError",
    "FlipEfforts",
    "HetkerasError",
    "IsoelasticHouseholds",
    "JumpDiffusion",
    "LoadedSolution",
    "MarkovChain",
    "ModelFileError",
    "OnnxError",
    "Posterior",
    "PriceTakingFirms",
    "PriceTakingHouseholds",
    "RegimeChain",
    "RevertingStates",
    "RunDirectoryError",
    "SavedModelError",
    "ShapeError",
    "Solution",
    "SolvedMoments",
    "SweepError",
    "SwitchingJumpDiffusion",
    "SymmetricEconomy",
    "SymmetricShocks",
    "TerminalValueDiffusion",
    "TrainingDiverged",
    "UntrustedModelError",
    "block_bootstrap",
    "contracts",
    "diagnose",
    "emulate",
    "estimate",
    "export",
    "export_onnx",
    "layers",
    "load",
    "models",
    "moments",
    "numerics",
    "parametric_bootstrap",
    "posterior",
    "simulate",
    "solve",
    "sweep",
    "transition",
]
