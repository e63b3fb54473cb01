"""A name stands for levels or for indices, in the functions and the metadata of all models that ship."""

import functools
from pathlib import Path

import numpy as np
import pytest
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2

import hetkeras as hk
from hetkeras.metadata import read_metadata

SHIPPED = sorted(path.parent for path in (Path(__file__).parents[1] / "exported_models").glob("*/saved_model.pb"))
INDEX = "_index"


@functools.cache
def tensors(path):
    """Name of an input or output -> its types, over all functions of a SavedModel."""
    graph = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes()).meta_graphs[0]
    found = {}
    for signature in graph.signature_def.values():
        for name, about in (*signature.inputs.items(), *signature.outputs.items()):
            found.setdefault(name, set()).add(about.dtype)
    return found


def names(*types):
    """Of what is of these types somewhere, with all from which a chain's levels are told."""
    return {name for path in SHIPPED for name, kinds in tensors(path).items() if kinds & set(types)}


def test_no_name_is_of_an_index_here_and_of_a_level_there():
    indices, levels = names(types_pb2.DT_INT32, types_pb2.DT_INT64), names(types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE)
    chains = {name for path in SHIPPED for name in read_metadata(path)["chains"]}
    assert {"sector", "branch"} <= indices
    assert {"idiosyncratic", "aggregate"} <= levels & chains
    assert not indices & (levels | chains)
    assert not [name for name in levels | chains if name.endswith(INDEX)]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_name_of_a_chain_stands_for_its_levels(path):
    metadata = read_metadata(path)
    for name in metadata["chains"].keys() & tensors(path).keys():
        levels = np.array(metadata["chains"][name]["levels"])
        assert metadata["bounds"][name] == pytest.approx([levels.min(), levels.max()])
        assert "level" in metadata["units"][name]


@pytest.mark.parametrize(("name", "state"), [("khan_thomas", "aggregate"), ("huggett", "idiosyncratic")])
def test_columns_of_a_simulation_hold_levels_under_the_name_of_the_chain(name, state, monkeypatch):
    monkeypatch.setattr("hetkeras.methods.krusell_smith.lumpy.verbs.BURN_IN", 1)
    solution = hk.load(SHIPPED[0].parent / name)
    frame = hk.simulate(solution, periods=60, seed=1)
    levels = np.array(solution.metadata["chains"][state]["levels"])
    nearest = levels[np.abs(frame[state].to_numpy()[:, None] - levels).argmin(1)]
    np.testing.assert_allclose(frame[state], nearest, 1e-14)  # another processor rounds them another way
    assert not np.isin(frame[state], np.arange(len(levels))).all()
