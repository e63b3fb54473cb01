"""Who may import whom inside the package: the direction of flow of the design, held by the source itself."""

import ast
import pathlib

import pytest

import hetkeras

ROOT = pathlib.Path(hetkeras.__file__).parent
EVERYONE = ("errors", "compiling")  # may be imported by all
# A row is a module or a package with all that is in it; the longest row that fits a module is the one that counts.
# An entry allows that module, or all modules of that package.
MAY_IMPORT = {
    "": (),
    "errors": (),
    "compiling": (),
    "compile_cache": (),
    "files": (),
    "calibration": (),
    "processes": (),
    "layers": ("layers",),
    "references": ("references",),
    "markov_chain": (),
    "regime_chain": ("markov_chain",),
    "natural_spline": (),
    "contracts": ("calibration", "processes", "markov_chain"),
    "contracts.branching_firms": ("calibration", "markov_chain", "regime_chain"),
    "contracts.reverting_states": ("contracts.jump_diffusion", "processes"),
    "contracts.switching_jump_diffusion": ("contracts.jump_diffusion",),
    "models": (
        *("contracts", "calibration", "processes", "markov_chain", "regime_chain", "references"),
        *("discounted_utility", "flip_efforts", "network_calibration", "network_value", "unit_cost_value"),
        "usual_network",
    ),
    "discounted_utility": ("references",),
    "network_technology": (),
    "flip_efforts": (),
    "network_calibration": ("contracts", "flip_efforts", "network_technology"),
    "network_value": ("contracts", "discounted_utility", "network_technology", "references", "usual_network"),
    "usual_network": ("network_technology",),
    "unit_cost_value": ("network_technology", "network_value"),
    "models.sector_delegates": (
        *("contracts", "processes", "references", "unit_cost_value"),
        "models.production_network",  # the same sectors, who decide themselves
    ),
    "solution": ("calibration",),
    "forecast_rules": ("forecast_rules", "layers"),
    "diffusion": ("contracts",),
    "geography": (),
    "input_output": (),
    "exact_tables": (),
    "losses": ("losses.base", "contracts", "processes"),
    "solvers": (
        *("calibration", "contracts", "forecast_rules", "layers", "losses", "markov_chain", "natural_spline"),
        "diffusion",
        *("processes", "simulation", "solution", "solvers"),
    ),
    "simulation": ("simulation", "contracts", "processes"),
    "diagnostics": ("diagnostics", "contracts", "diffusion", "processes", "simulation", "markov_chain"),
    "diagnostics.link_worth": ("contracts", "discounted_utility", "network_technology", "simulation"),
    "diagnostics.branch_errors": ("contracts", "simulation", "solvers.grid_choice"),  # exact choices judge others
    "saved_model": ("calibration", "files", "solution"),
    "run_directory": ("files",),
    "training": ("solvers.base",),
    "actions": ("training",),
    "report": ("report", "files"),
}
# Outside packages that a row must do without.
MAY_NOT_IMPORT = {
    "": ("apps", "tests"),
    "models": ("keras", "tf_keras"),
    "references": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),
    "compile_cache": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),  # it comes before TensorFlow
    "calibration": ("keras", "tf_keras", "tensorflow"),
    "run_directory": ("keras", "tf_keras", "tensorflow"),
    "report": ("keras", "tf_keras", "tensorflow"),
    "geography": ("keras", "tf_keras", "tensorflow"),
    "input_output": ("keras", "tf_keras", "tensorflow"),
    "exact_tables": ("keras", "tf_keras", "tensorflow"),
}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def fits(name, row):
    return row in ("", name) or name.startswith(row + ".")


def imported(source, module):
    """Yields (line, dotted name) of everything that the source imports, wherever in it that is."""
    package = "hetkeras." + module if module in PACKAGES else ("hetkeras." + module).rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = parts[: len(parts) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


PACKAGES = {name for name, path in SOURCES.items() if path.name == "__init__.py"}


def inside(name):
    """The module of hetkeras that a dotted name is of, or is in; None for another package."""
    if not fits(name, "hetkeras"):
        return None
    short = name.removeprefix("hetkeras").removeprefix(".")
    while short not in SOURCES:
        short = short.rpartition(".")[0]
    return short


def breaches(source, module):
    """Returns a sentence for each import in the source of hetkeras.<module> that the tables do not allow."""
    row = max((row for row in MAY_IMPORT if fits(module, row)), key=len)
    allowed = (*EVERYONE, *MAY_IMPORT[row])
    forbidden = [name for row, names in MAY_NOT_IMPORT.items() if fits(module, row) for name in names]
    found = []
    for line, name in imported(source, module):
        target, where = inside(name), f"hetkeras.{module}, line {line}, imports {name}"
        if target is not None and not any(fits(target, each) for each in allowed):
            found.append(f"{where}; '{row}' may import {', '.join(allowed)} of hetkeras only")
        if any(fits(name, each) for each in forbidden):
            found.append(f"{where}; it must do without {', '.join(forbidden)}")
    return found


@pytest.mark.parametrize("module", SOURCES)
def test_imports_flow_one_way(module):
    found = breaches(SOURCES[module].read_text(encoding="utf-8"), module)
    assert not found, "\n".join(found)


def test_every_module_has_a_row_and_every_row_a_module():
    without = [m for m in SOURCES if m and not any(fits(m, row) for row in MAY_IMPORT if row)]
    assert not without, f"add a row to MAY_IMPORT for {without}"
    unknown = {name for row, entries in MAY_IMPORT.items() for name in (row, *entries)} - set(SOURCES)
    assert not unknown, f"MAY_IMPORT names {unknown}, which hetkeras does not have"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("models.investment", "import keras"),
        ("models.investment", "def f():\n    from keras import layers"),
        ("models.investment", "from hetkeras.models.bloom import Bloom"),
        ("models.investment", "from hetkeras.layers.dense_stack import DenseStack"),
        ("contracts.symmetric_economy", "from ..models.investment import Investment"),
        ("contracts.price_taking_firms", "from ..solvers import base"),
        ("contracts.symmetric_economy", "from hetkeras.references.mean_variance import MeanVarianceReference"),
        ("layers.pooling", "from hetkeras import processes"),
        ("layers.pooling", "import hetkeras.contracts.symmetric_economy as base"),
        ("layers.pooling", "import hetkeras"),
        ("losses.euler", "from hetkeras.solvers.base import Solver"),
        ("solvers.euler_residual", "from hetkeras.models.investment import Investment"),
        ("training", "from hetkeras import saved_model"),
        ("report.page", "import tensorflow as tf"),
        ("report.page", "from hetkeras.run_directory import RunDirectory"),
        ("calibration", "from apps.common import main"),
        ("", "from hetkeras.models.investment import Investment"),
    ],
)
def test_a_breach_is_found_and_named(module, source):
    (found,) = breaches(source, module)
    assert f"hetkeras.{module}, line {len(source.splitlines())}, imports " in found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("models.investment", "from hetkeras.contracts.symmetric_economy import Policy"),
        ("models.investment", "from ..contracts.symmetric_economy import Policy"),
        ("models.investment", "from hetkeras import processes, errors"),
        ("layers.pooling", "import keras\nfrom hetkeras.errors import ShapeError"),
        ("solvers.euler_residual", "import hetkeras.layers.symmetric_policy"),
        ("report.page", "import applesauce, keras_tuner\nfrom hetkeras.report import formats"),
    ],
)
def test_what_is_allowed_is_no_breach(module, source):
    assert breaches(source, module) == []
