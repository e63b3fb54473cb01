"""Economics only: each model a frozen dataclass whose fields are the calibration."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
