from .aiyagari import Aiyagari
from .allen_cahn import AllenCahn
from .bloom import Bloom
from .default_risk import DefaultRisk
from .export_entry.model import ExportEntry
from .huggett import Huggett
from .investment import Investment
from .khan_thomas import KhanThomas
from .krusell_smith import KrusellSmith
from .lq_control import LQControl
from .production_network.link_formation_game import LinkFormationGame
from .production_network.planner import ProductionNetwork

__all__ = [
    "Aiyagari",
    "AllenCahn",
    "Bloom",
    "DefaultRisk",
    "ExportEntry",
    "Huggett",
    "Investment",
    "KhanThomas",
    "KrusellSmith",
    "LQControl",
    "LinkFormationGame",
    "ProductionNetwork",
]
