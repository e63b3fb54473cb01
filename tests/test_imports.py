"""Who may import whom inside the package: the direction of flow of the design, held by the source itself."""

import ast
import pathlib

import pytest

import hetkeras

ROOT = pathlib.Path(hetkeras.__file__).parent
EVERYONE = ("errors", "compiling")  # may be imported by all
ECONOMICS = ("calibration", "contracts", "numerics")
METHOD = (
    *ECONOMICS,
    "box",
    "csv_table",
    "diagnosis",
    "files",
    "layers",
    "method",
    "report.parts",
    "saved_model",
    "settings",
    "solution",
    "soundness",
    "training",
)
# A row is a module or a package with all that is in it; the longest row that fits a module is the one that counts.
# An entry allows that module, or all modules of that package.
MAY_IMPORT = {
    "": (),
    "errors": (),
    "compiling": (),
    "compile_cache": (),
    "csv_table": (),
    "files": (),
    "json_types": (),
    "latex": (),
    "description": ("metadata", "model_file", "solution"),
    "metadata": ("files", "json_types"),
    "exported_functions": ("exported_inputs", "metadata", "parts"),
    "exported_inputs": (),
    "fields": (),
    "calibration": ("fields",),
    "box": ("calibration",),
    "at_calibration": ("box",),
    "settings": ("calibration",),
    "numerics": ("numerics",),
    "layers": ("layers",),
    "references": ("references",),
    "diagnosis": ("diagnosis",),
    "report": ("report", "csv_table", "files", "latex"),
    "contracts": ("contracts", "calibration", "numerics"),
    "model_file": ("calibration",),
    "model_lookup": ("calibration", "model_file"),
    "named_models": ("calibration", "model_file"),
    "sweeps": ("sweeps", "compile_cache", "csv_table", "files"),
    "method": ("calibration", "diagnosis", "saved_model", "training"),
    "onnx_export": ("onnx_export", "metadata"),
    "provenance": (),
    "solution": ("calibration", "numerics"),
    "soundness": (),
    "stored_graph": (),
    "parts": (),
    "missing": ("numerics", "solution"),
    "saved_model": (
        "at_calibration",
        "box",
        "calibration",
        "description",
        "exported_functions",
        "files",
        "metadata",
        "missing",
        "model_lookup",
        "solution",
        "stored_graph",
    ),
    "training": ("calibration", "training", "files", "solution"),
    "models": (*ECONOMICS, "references"),
    "models.export_entry": (*ECONOMICS, "csv_table", "references", "models.export_entry"),
    "models.production_network": (*ECONOMICS, "csv_table", "references", "models.production_network"),
    "methods": (),
    "methods.backward_sde": (*METHOD, "methods.backward_sde"),
    "methods.euler_residual": (*METHOD, "methods.euler_residual"),
    "methods.jump_diffusion": (*METHOD, "methods.jump_diffusion"),
    "methods.krusell_smith": (*METHOD, "methods.krusell_smith"),
    "analysis": (*METHOD, "analysis", "methods", "models"),
    "estimation": ("estimation", "box", "csv_table", "diagnosis", "latex", "numerics"),
    "verbs": (*METHOD, "estimation", "model_file", "provenance", "report", "sweeps"),
    "verbs.export_onnx": (*METHOD, "exported_functions", "onnx_export", "parts"),
    "verbs.box_moments": ("saved_model", "verbs"),
    "verbs.solved_case": (*METHOD, "compile_cache", "model_file", "named_models", "sweeps", "verbs"),
    "verbs.sweep": ("files", "named_models", "sweeps", "training.run_directory", "verbs"),
    "verbs.solve": (*METHOD, "model_file", "provenance", "report", "verbs.replicated"),
    "verbs.solved_moments": ("calibration", "saved_model", "verbs"),
    "command_line": (
        *METHOD,
        "command_line",
        "compile_cache",
        "estimation",
        "fields",
        "methods",
        "model_file",
        "models",
        "named_models",
        "onnx_export",
        "provenance",
        "references",
        "report",
        "sweeps",
        "verbs",
    ),
}
# What a row must do without, of other packages or of this one.
MAY_NOT_IMPORT = {
    "": ("apps", "tests", "tools"),
    "models": ("keras", "tf_keras"),
    "references": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),
    "compile_cache": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),  # it comes before TensorFlow
    "calibration": ("keras", "tf_keras", "tensorflow"),
    "csv_table": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),
    "diagnosis": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),
    "metadata": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),
    "named_models": ("keras", "tf_keras", "tensorflow"),
    "sweeps": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),
    "verbs.sweep": ("keras", "tf_keras", "tensorflow"),
    "training.run_directory": ("keras", "tf_keras", "tensorflow"),
    "estimation": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),
    "report": ("keras", "tf_keras", "tensorflow", "hetkeras.compiling"),
    "models.export_entry.geography": ("keras", "tf_keras", "tensorflow"),
    "models.production_network.input_output": ("keras", "tf_keras", "tensorflow"),
    "models.production_network.benchmark_economies": ("keras", "tf_keras", "tensorflow"),
    "methods.krusell_smith.lumpy": ("hetkeras.methods.krusell_smith.branching",),
    "methods.krusell_smith.branching": ("hetkeras.methods.krusell_smith.lumpy",),
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
        ("models.investment", "from hetkeras.layers.mlp import MLP"),
        ("contracts.symmetric_economy", "from ..models.investment import Investment"),
        ("contracts.price_taking_firms", "from ..methods import krusell_smith"),
        (
            "contracts.symmetric_economy",
            "from hetkeras.references.investment.mean_variance import MeanVarianceReference",
        ),
        ("layers.pooling", "from hetkeras.numerics import random_draws"),
        ("layers.pooling", "import hetkeras.contracts.symmetric_economy as base"),
        ("layers.pooling", "import hetkeras"),
        ("methods.euler_residual.solver", "from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver"),
        ("methods.euler_residual.solver", "from hetkeras.models.investment import Investment"),
        ("training.trainer", "from hetkeras import saved_model"),
        ("methods.krusell_smith.lumpy.grid", "from ..branching.grid import BranchingKrusellSmith"),
        ("models.bloom", "from hetkeras.methods.krusell_smith.histogram import Histogram"),
        ("analysis.production_network.measure", "from hetkeras.verbs.diagnose import diagnose"),
        ("report.page", "import tensorflow as tf"),
        ("report.page", "from hetkeras.training.run_directory import RunDirectory"),
        ("calibration", "from apps.verify import main"),
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
        ("models.investment", "from hetkeras.numerics import random_draws\nfrom hetkeras import errors"),
        ("layers.pooling", "import keras\nfrom hetkeras.errors import ShapeError"),
        ("methods.euler_residual.solver", "import hetkeras.methods.euler_residual.policy_network"),
        ("report.page", "import applesauce, keras_tuner\nfrom hetkeras.report import page"),
    ],
)
def test_what_is_allowed_is_no_breach(module, source):
    assert breaches(source, module) == []
