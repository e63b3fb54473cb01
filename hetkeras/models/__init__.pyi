from .bloom import Bloom
from .export_entry.model import ExportEntry
from .investment import Investment
from .khan_thomas import KhanThomas
from .production_network.link_formation_game import LinkFormationGame
from .production_network.planner import ProductionNetwork

__all__ = ["Bloom", "ExportEntry", "Investment", "KhanThomas", "LinkFormationGame", "ProductionNetwork"]
