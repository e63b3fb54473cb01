"""Every model that ships, and every example, keeps its contract: one test for all of them."""

import inspect
import json
from pathlib import Path

import pytest

import hetkeras as hk
from hetkeras.calibration import Calibration
from hetkeras.method import method_of
from hetkeras.model_file import read_class, source_of

EXAMPLES = sorted(
    path
    for path in (Path(__file__).parents[1] / "docs/examples").glob("*.py")
    if not {"downstream", "onnx"} & {*path.stem.split("_")}
)
SHIPPED = [getattr(hk.models, name) for name in hk.models.__all__]
CALIBRATIONS = {"LinkFormationGame": {"risk_aversion": 1.0}}


def models():
    """Each with its default calibration."""
    for kind in [*SHIPPED, *(read_class(str(path)) for path in EXAMPLES)]:
        yield pytest.param(kind(**CALIBRATIONS.get(kind.__name__, {})), id=kind.__name__)


@pytest.mark.parametrize("model", list(models()))
def test_a_model_holds_together_and_goes_through_json(model):
    method = method_of(model)
    assert isinstance(model, method.contract)
    assert list(method.check(model)) == []
    assert type(model).from_dict(json.loads(json.dumps(model.as_dict()))) == model
    assert all(isinstance(unit, str) and unit for unit in model.units.values())


@pytest.mark.parametrize("model", list(models()))
def test_a_model_is_a_frozen_calibration_with_words(model):
    kind = type(model)
    assert issubclass(kind, Calibration)
    assert not inspect.isabstract(kind)
    assert all(getattr(model, name) is not None for name, field in kind.fields().items() if not field.optional)
    assert (source_of(kind) is None) == kind.__module__.startswith("hetkeras.")


def test_every_contract_has_an_example():
    contracts = {type(method_of(read_class(str(path))())) for path in EXAMPLES}
    assert len(contracts) == 8
