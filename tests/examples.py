"""The models of docs/examples, as modules: whoever reloads their SavedModels finds their classes."""

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs/examples"


def example(name):
    """The module docs/examples/<name>.py, imported as `examples_<name>`."""
    module = f"examples_{name}"
    if module not in sys.modules:
        spec = importlib.util.spec_from_file_location(module, FOLDER / f"{name}.py")
        sys.modules[module] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[module])
    return sys.modules[module]
