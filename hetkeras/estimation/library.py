"""The library of optimizers, imported where it is needed: it takes seconds, and only who estimates must have it."""

from __future__ import annotations

import importlib
from types import ModuleType

from hetkeras.errors import EstimationError


def optimagic() -> ModuleType:
    """The package optimagic.

    Raises:
      EstimationError: if it is not installed.
    """
    try:
        return importlib.import_module("optimagic")
    except ImportError as error:
        raise EstimationError(
            f"estimation needs optimagic, which cannot be imported ({error}); install it: "
            "pip install 'hetkeras[estimation]'"
        ) from error
