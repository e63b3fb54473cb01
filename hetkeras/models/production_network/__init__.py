"""Which input-output links sectors form (Huang and Yu 2024, section 3)."""

import lazy_loader

_CLASSES = {"planner": ["ProductionNetwork"], "link_formation_game": ["LinkFormationGame"]}
__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs=_CLASSES)
