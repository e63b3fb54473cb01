"""Which of many destinations a firm exports to (Huang and Yu 2024, section 2)."""

import lazy_loader

_CLASSES = {"model": ["ExportEntry"]}
__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs=_CLASSES)
