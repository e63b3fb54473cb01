"""One missing or impossible number in: no number out, and no decision, of that row; all other rows as they were."""

import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.description import description
from hetkeras.method import method_of
from hetkeras.missing import guarded
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.models.huggett import Huggett
from hetkeras.models.investment import Investment
from hetkeras.models.khan_thomas import KhanThomas
from hetkeras.numerics.domains import flag, index, level
from hetkeras.saved_model import LoadedSolution
from hetkeras.solution import Signature, Solution
from tests import small_branches, small_networks
from tools.held_states import held_functions

SHIPPED = Path(__file__).parents[1] / "exported_models"
ROWS = 3

FRESH = {
    "common action": lambda: (Investment(num_firms=8), {"width": 8}),
    "own actions": lambda: (Investment(num_firms=8, capital_price_volatility=0.1), {"network": "identity", "width": 8}),
    "tables": lambda: (KhanThomas(), {"width": 8}),
    "points": lambda: (KhanThomas(), {"networks": "paper", "width": 8, "rules": "network"}),
    "grid": lambda: (KhanThomas(), {"method": "grid"}),
    "branches": lambda: (small_branches.MODEL, {"width": 8, "policy_width": 8}, tf.function),
    "branches on a grid": lambda: (small_branches.MODEL, {"method": "grid"}, tf.function),
    "households": lambda: (Huggett(), {"solver": ("num_assets=50",)}),
    "destinations": lambda: (ExportEntry(num_destinations=3), {"width": 8}),
    "dense": lambda: (ExportEntry(num_destinations=3), {"network": "dense", "width": 8}),
    "paper losses": lambda: (ExportEntry(num_destinations=3), {"mode": "paper", "width": 8}),
    "planner": lambda: (small_networks.random_network(), {"width": 8}),
    "delegates": lambda: (small_networks.delegates(), {"width": 8}),
}
QUICK = (name for name in FRESH if name != "branches on a grid")
MODELS = (
    "khan_thomas",
    "bloom",
    "huggett",
    "krusell_smith",
    "investment_nu15_n128",
    "export_entry_j10",
    "production_network_n5",
    *QUICK,
)


@functools.cache
def solved(name):
    """A shipped solution, or one whose networks are untrained and whose functions run eagerly; rows to call it at."""
    loaded = saved_model.load(SHIPPED / name) if name not in FRESH else fresh(*FRESH[name]())
    inputs = {function: few(loaded, function, held.inputs) for function, held in held_functions(loaded).items()}
    return loaded, inputs


def fresh(model, options, way=lambda function: function):
    method = method_of(model)
    solution = guarded(method.solver(model, method.options.from_dict(options)).solution())
    functions = {name: way(each.function) for name, each in solution.signatures.items()}
    return LoadedSolution(model, functions, description(solution), Path(), solution.variables)


def row_axis(loaded, function):
    return next(iter(loaded.metadata["signatures"][function]["outputs"].values()))[0]


def few(loaded, function, inputs):
    """Three rows of the inputs."""
    axes = loaded.metadata["signatures"][function]["inputs"]
    own = [name for name in axes if axes[name][0] == row_axis(loaded, function)]
    spread = np.linspace(0, len(inputs[own[0]]) - 1, ROWS).astype(int)
    return {name: np.asarray(each)[spread] if name in own else np.asarray(each) for name, each in inputs.items()}


def called(function, inputs):
    tensors = {name: tf.constant(each) for name, each in inputs.items()}
    return {name: np.asarray(each) for name, each in function(**tensors).items()}


def without_answer(outputs, row):
    """Whether a row says nothing: NaN, False, -1."""
    nothing = {"f": np.isnan, "b": np.logical_not, "i": lambda values: values == -1}
    return all(nothing[each.dtype.kind](each[row]).all() for each in outputs.values())


def spoiled(loaded, function, inputs, name, value):
    """The inputs with one entry changed, the last of a row, and which rows rest on it, [ROWS]."""
    axis = loaded.metadata["signatures"][function]["inputs"][name][0]
    changed, row, rows = inputs[name].copy(), 1, np.arange(ROWS) == 1
    if axis == "G":
        row = inputs["group"][1]
    elif axis != row_axis(loaded, function):
        rows[:] = True
    changed[(row, *[-1] * (changed.ndim - 1))] = value
    return {**inputs, name: changed}, rows


def is_silent_in(loaded, function, inputs, name, value):
    """Nothing is said of rows that rest on a spoiled entry, and of the others what was said before."""
    changed, rows = spoiled(loaded, function, inputs, name, value)
    whole, found = (called(loaded.signatures[function], each) for each in (inputs, changed))
    return all(
        without_answer(found, row) if rows[row] else all((found[o][row] == whole[o][row]).all() for o in whole)
        for row in range(ROWS)
    )


@pytest.mark.parametrize("name", MODELS)
def test_one_missing_number_leaves_its_row_without_an_answer(name):
    loaded, every = solved(name)
    for function, inputs in every.items():
        assert not any(without_answer(called(loaded.signatures[function], inputs), row) for row in range(ROWS))
        for each in (each for each, values in inputs.items() if values.dtype.kind == "f"):
            assert is_silent_in(loaded, function, inputs, each, np.nan), (function, each)


@pytest.mark.long
@pytest.mark.parametrize("name", FRESH)
def test_one_missing_number_leaves_its_row_without_an_answer_under_xla(name):
    loaded, every = solved(name)
    for function, inputs in every.items():
        compiled = tf.function(loaded.signatures[function], autograph=False, jit_compile=True)
        under_xla = loaded._replace(signatures={function: compiled})
        for each in (each for each, values in inputs.items() if values.dtype.kind == "f"):
            assert is_silent_in(under_xla, function, inputs, each, np.nan), (function, each)


IMPOSSIBLE = [
    ("khan_thomas", "aggregate", 0.93),  # below the lowest, .947, by more than half a step
    ("khan_thomas", "aggregate", 2),  # an index
    ("khan_thomas", "idiosyncratic", 1.15),
    ("khan_thomas", "capital", -1),
    ("khan_thomas", "mean_capital", 0),
    ("khan_thomas", "price", -2.2),
    ("bloom", "aggregate", 0),
    ("bloom", "uncertainty", 0.5),
    ("bloom", "lagged_uncertainty", 2),
    ("bloom", "lagged_labor", 0),
    ("export_entry_j10", "active", 0.5),
    ("export_entry_j10", "active", -1),
    ("export_entry_j10", "group", 10**6),
    ("export_entry_j10", "firm", 1),
    ("export_entry_j10", "which", -1),
    ("production_network_n5", "links", 2),
    ("production_network_n5", "sector", 5),
    ("production_network_n5", "sector", -1),
]


@pytest.mark.parametrize(("name", "each", "value"), IMPOSSIBLE)
def test_what_cannot_be_has_no_answer(name, each, value):
    loaded, every = solved(name)
    for function in (function for function, inputs in every.items() if each in inputs):
        assert is_silent_in(loaded, function, every[function], each, value), function


BEYOND = [
    ("khan_thomas", "policy", "mean_capital", 2.5),
    ("khan_thomas", "forecast", "mean_capital", 1.0),
    ("khan_thomas", "value", "aggregate", 0.945),  # within half a step of the lowest level
    ("bloom", "policy", "lagged_labor", 1.5),
    ("investment_nu15_n128", "policy", "industry_capital", -1),
    ("investment_nu15_n128", "transition", "capital", -1),
    ("export_entry_j10", "policy", "cost", 9),
    ("production_network_n5", "gains", "productivity", 1),
]


@pytest.mark.parametrize(("name", "function", "each", "value"), BEYOND)
def test_beyond_its_bounds_a_function_extrapolates_and_says_so(name, function, each, value):
    loaded, every = solved(name)
    changed, rows = spoiled(loaded, function, every[function], each, value)
    found = called(loaded.signatures[function], changed)
    inside = called(loaded.signatures[function], every[function])["in_bounds"]
    np.testing.assert_array_equal(found["in_bounds"], inside & ~rows)
    assert all(np.isfinite(values).all() for values in found.values())


# --- however it is called ------------------------------------------------------------------------------------
def toy():
    """A function with each kind of input and output, whose nearest node of a missing level depends on who computes."""
    nodes = np.array([0.5, 1.0, 2.0])

    def choose(level, on, which, shared):
        nearest = tf.argmin(tf.abs(level[:, None] - tf.constant(nodes, level.dtype)), -1, tf.int32)
        worth = tf.gather(tf.constant([1.0, 2.0]), which)[:, None] * on * shared
        return {"worth": worth, "taken": worth > 0.5, "node": nearest}

    rows = {"level": ("B",), "on": ("B", "J"), "which": ("B",), "shared": ("J",)}
    outputs = {"worth": ("B", "J"), "taken": ("B", "J"), "node": ("B",)}
    domains = {"level": level(nodes), "on": flag, "which": index(2)}
    function = Signature(choose, rows, outputs, integers=("which",), domains=domains)
    solution = Solution(None, {"choose": function}, [], {}, {"level": (0.5, 1.0)}, {})
    return guarded(solution).signatures["choose"]


WAYS = {
    "eager": lambda function: function,
    "graph": lambda function: tf.function(function, autograph=False),
    "XLA": lambda function: tf.function(function, autograph=False, jit_compile=True),
}
SPOILT = [("level", np.nan), ("level", 3.0), ("on", np.nan), ("on", 0.5), ("which", 2), ("which", -1)]
SPOILT += [("shared", np.nan)]


@pytest.mark.parametrize("way", WAYS)
def test_what_has_no_answer_has_none_however_it_is_called(way):
    function, signature = WAYS[way](toy().function), toy()
    inputs = {
        "level": np.float32([0.5, 0.8, 2.1]),
        "on": np.float32([[1, 0], [1, 1], [0, 0]]),
        "which": np.int32([0, 1, 1]),
        "shared": np.float32([1, 2]),
    }
    assert signature.outputs["in_bounds"] == ("B",)
    found = called(function, inputs)
    np.testing.assert_array_equal(found["worth"], [[1, 0], [2, 4], [0, 0]])
    np.testing.assert_array_equal(found["node"], [0, 1, 2])
    np.testing.assert_array_equal(found["in_bounds"], [True, True, False])
    for name, value in SPOILT:
        changed = {**inputs, name: inputs[name].copy()}
        changed[name][(1,) * inputs[name].ndim] = value
        after = called(function, changed)
        rows = [0, 1, 2] if name == "shared" else [1]
        for row in range(ROWS):
            assert without_answer(after, row) == (row in rows), (name, value)
            assert row in rows or all((after[o][row] == found[o][row]).all() for o in found)


@pytest.mark.parametrize("way", WAYS)
def test_no_decision_is_read_out_of_a_number_that_is_missing(way):
    """As of a price from a K whose logarithm is taken: the inputs are possible, what comes of them is not."""
    signature = Signature(
        lambda K: {"price": tf.math.log(K), "rises": tf.math.log(K) < 1, "node": tf.zeros(tf.shape(K), tf.int32)},
        {"K": ("B",)},
        {"price": ("B",), "rises": ("B",), "node": ("B",)},
    )
    function = guarded(Solution(None, {"f": signature}, [], {}, {}, {})).signatures["f"].function
    found = called(WAYS[way](function), {"K": np.float32([1, -1])})
    np.testing.assert_array_equal(found["price"], [0, np.nan])
    np.testing.assert_array_equal(found["rises"], [True, False])
    np.testing.assert_array_equal(found["node"], [0, -1])


@pytest.mark.parametrize("function", ["forecast", "policy"])
def test_a_forecast_of_firms_has_no_answer_under_xla_either(function):
    loaded, every = solved("tables")
    compiled = tf.function(loaded.signatures[function], autograph=False, jit_compile=True)
    under_xla = loaded._replace(signatures={function: compiled})
    for each in every[function]:
        assert is_silent_in(under_xla, function, every[function], each, np.nan), each


def test_a_chain_of_one_state_has_one_level():
    only = level(np.array([1.0]))
    np.testing.assert_array_equal(only(tf.constant([1.0, 1.0 + 1e-7, 1.01, np.nan])), [True, True, False, False])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_ends_are_inside_as_any_processor_rounds_them(dtype):
    """Levels of a chain differ by a few steps of precision between machines."""
    ends = (0.9467785016849676, 1.056213251801044)
    signature = Signature(lambda z: {"price": z}, {"z": ("B",)}, {"price": ("B",)}, tf.as_dtype(dtype))
    function = guarded(Solution(None, {"f": signature}, [], {}, {"z": ends}, {})).signatures["f"].function
    step = np.finfo(dtype).eps * np.array([-1, 1])
    rounded, beyond = (np.array(ends) * (1 + steps * step) for steps in (8, 24))
    found = function(z=tf.constant([*ends, *rounded, *beyond], dtype))["in_bounds"]
    np.testing.assert_array_equal(found, [True, True, True, True, False, False])


def test_a_bound_that_is_not_finite_holds_nothing():
    """The bounds of a policy that explodes."""
    signature = dataclasses.replace(toy(), outputs={"worth": ("B",)}, inputs={"level": ("B",)}, domains={}, integers=())
    signature = dataclasses.replace(signature, function=lambda level: {"worth": level})
    ends = {"level": (-np.inf, np.nan)}
    function = guarded(Solution(None, {"f": signature}, [], {}, ends, {})).signatures["f"].function
    np.testing.assert_array_equal(function(level=tf.ones(2))["in_bounds"], [False, False])
