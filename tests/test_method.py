"""Methods are found by contract; what they ask for is known to commands."""

import dataclasses
import inspect

import pytest

import hetkeras as hk
from hetkeras.calibration import Calibration
from hetkeras.errors import CalibrationError
from hetkeras.method import contracts, method_of, method_of_class
from hetkeras.training.solver import MAX_SEED

METHODS = {
    "Investment": "EulerResidualMethod",
    "KhanThomas": "LumpyMethod",
    "Bloom": "BranchingKrusellSmithMethod",
    "ExportEntry": "JumpDiffusionMethod",
    "ProductionNetwork": "ProductionNetworkMethod",
    "LinkFormationGame": "ProductionNetworkMethod",
    "LQControl": "BackwardSDEMethod",
    "AllenCahn": "BackwardSDEMethod",
    "DefaultRisk": "BackwardSDEMethod",
}
CONTRACTS = (
    hk.SymmetricEconomy,
    hk.PriceTakingFirms,
    hk.BranchingFirms,
    hk.JumpDiffusion,
    hk.SwitchingJumpDiffusion,
    hk.TerminalValueDiffusion,
)


@pytest.mark.parametrize("name", METHODS)
def test_the_method_of_a_model_is_that_of_its_contract(name):
    assert type(method_of_class(getattr(hk.models, name))).__name__ == METHODS[name]


def test_every_contract_has_a_method_of_its_own():
    assert set(contracts()) >= set(CONTRACTS)
    assert len({type(method_of_class(contract)) for contract in CONTRACTS}) == len(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_options_say_what_they_are_for_and_shaping_ones_exist(contract):
    method = method_of_class(contract)
    kinds = method.options.fields()
    assert all(kind.help for kind in kinds.values())
    assert set(method.shaping) | set(method.measuring) <= set(kinds)
    assert method.options() == method.options.from_dict(method.options().as_dict())
    assert dict(kinds["seed"].bounds)["le"] == MAX_SEED
    assert isinstance(method.shorter(), method.options)
    assert inspect.getdoc(type(method))


def test_a_model_of_no_contract_is_refused_with_the_contracts():
    @dataclasses.dataclass(frozen=True)
    class Alone(Calibration):
        share: float = 0.3

    with pytest.raises(CalibrationError, match=r"Alone fulfills no contract .* SymmetricEconomy"):
        method_of(Alone())
