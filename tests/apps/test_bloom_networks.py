"""Networks of firms with branches as a program solves them, and how they are compared with exact choices."""

import json
import math

import numpy as np
import pytest

from hetkeras.compiling import graph
from hetkeras.diagnosis.check import at_most
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.methods.krusell_smith.branching import diagnosis as branch_diagnosis
from hetkeras.methods.krusell_smith.branching import measure as branch_measuring
from hetkeras.methods.krusell_smith.branching.classification import classification
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.branching.measure import BranchPlan, exact_policy, measure_branches
from hetkeras.methods.krusell_smith.branching.verbs import BranchingKrusellSmithMethod
from hetkeras.methods.krusell_smith.business_cycle import AGGREGATES, business_cycle_moments
from hetkeras.methods.krusell_smith.neural import NeuralKrusellSmith
from hetkeras.methods.krusell_smith.rules.files import write_rules
from hetkeras.report.studies.bloom_tables import beside_published
from hetkeras.saved_model import load
from tests.apps.many_runs import finished, run
from tests.apps.small_bloom import small_flags
from tests.small_branches import first_rules

NEURAL = ["--width=16", "--policy_width=8", "--depth=1", "--solver=first_steps=20", "--fixed_rules"]
NEURAL += ["--solver=batch_size=32", "--solver=warmup_steps=5", "--report=false"]
FOUND = Diagnosis({"rules_error": 0.0625}, (at_most("rules_error", 0.0625, 0.005, "more rounds"),), {})


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """A solve that starts from the rules of a file; it is measured in a test below, here it finds FOUND."""
    place = tmp_path_factory.mktemp("networks")
    write_rules(place / "rules.csv", first_rules())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BranchingKrusellSmithMethod, "measure", lambda *_: FOUND)
        patch.setattr(NeuralKrusellSmith, "train", graph(NeuralKrusellSmith.train.python_function))  # compiles at once
        flags = [f"--run_dir={place / 'run'}", *NEURAL, f"--first_rules={place / 'rules.csv'}", *small_flags(place)]
        done = run("solve_bloom", *flags)
    finished(done)
    return place


def test_networks_start_from_the_rules_of_a_file(networks, loaded):
    numbers = json.loads((networks / "run" / "diagnostics.json").read_text())
    assert (numbers["steps"], numbers["rounds"], numbers["converged"]) == (20, 1, False)
    rules = [np.loadtxt(file / "rules.csv", delimiter=",", skiprows=1) for file in (networks, networks / "run")]
    np.testing.assert_array_equal(*rules)  # they are fixed
    training = loaded.metadata["training"]
    assert (training["parametrisation"], training["rules_fixed"]) == ("BranchNetworks", True)


@pytest.fixture(scope="module")
def loaded(networks):
    return load(networks / "run" / "saved_model")


@pytest.fixture(scope="module")
def exact(loaded):
    """Exact choices of firms that expect what the networks' firms expect."""
    policy = LoadedBranchPolicy(loaded.model, loaded.signatures)
    return exact_policy(loaded.model, policy.forecast, (1, 1))


def test_networks_are_classified_beside_exact_choices(exact, loaded):
    numbers = classification(loaded.model, exact, LoadedBranchPolicy(loaded.model, loaded.signatures))
    assert numbers["points"] == math.prod((12, 10, 3, 14, 11))
    assert 0 < numbers["classified_strictly"] <= numbers["classified"] < 1


def test_networks_are_compared_with_exact_choices_on_the_same_shocks(exact, loaded, networks, monkeypatch):
    asked = []
    monkeypatch.setattr(branch_measuring, "exact_policy", lambda model, _, finer: asked.append(finer) or exact)
    monkeypatch.setattr(branch_measuring, "branch_slices", lambda *_: {})  # tested by themselves, as are classes
    monkeypatch.setattr(branch_diagnosis, "off_path_errors", lambda *_: {})  # and what is off the path
    monkeypatch.setattr(branch_measuring, "classification", lambda *policies: {"classified": 0.5})
    plan = BranchPlan(str(networks / "shocks.csv"), reference="nodes")
    measured = measure_branches(loaded, plan)
    numbers, table = measured.numbers, measured.tables["branch_simulation"]
    assert asked == [(1, 1)]
    assert numbers["classified"] == 0.5
    assert not measured.converged  # hardly trained
    gap = np.abs(np.log(table["price"] / table["reference_price"]))[500:-1].mean()
    assert numbers["reference_gap_price"] == pytest.approx(gap, rel=1e-9)
    assert gap > 0
    exact = {name: table[f"reference_{name}"][500:-1] for name in AGGREGATES}
    assert numbers["reference_sd_output"] == pytest.approx(business_cycle_moments(exact, 1600.0)["sd_output"], rel=1e-9)
    words = [cell.text for cells in beside_published("cycle", numbers).rows for cell in cells]
    assert "Exact choices of firms that expect the same" in words
