"""Calibrations: checked when built, read from the command line and from JSON."""

import dataclasses
import json

import pytest

from hetkeras.calibration import Calibration
from hetkeras.errors import CalibrationError
from hetkeras.models.investment import Investment


@dataclasses.dataclass(frozen=True)
class Toy(Calibration):
    num_firms: int = 3
    discount_factor: float = 0.9
    types: tuple[float, ...] = (1.0, 2.0)
    sizes: tuple[int, ...] = (1,)

    def violations(self):
        if self.num_firms < 1:
            yield f"num_firms is {self.num_firms}; expected at least 1"
        if not 0 < self.discount_factor < 1:
            yield f"discount_factor is {self.discount_factor}; expected between 0 and 1"


@pytest.mark.parametrize(
    "calibration",
    [
        Toy(num_firms=7, discount_factor=0.1 + 0.2, types=(3.0,), sizes=(4, 5)),
        Investment(demand_curvature=1.5, productivity_types=(0.9, 1.1), type_shares=(0.25, 0.75)),
    ],
)
def test_round_trip_through_json(calibration):
    values = json.loads(json.dumps(calibration.as_dict()))
    assert values == calibration.as_dict()
    assert type(calibration).from_dict(values) == calibration
    assert values.keys() == {field.name for field in dataclasses.fields(calibration)}


def test_all_violations_are_raised_together():
    with pytest.raises(CalibrationError) as caught:
        Toy(num_firms=0, discount_factor=1.5)
    assert str(caught.value) == (
        "Toy cannot be calibrated like this:\n"
        "  - num_firms is 0; expected at least 1\n"
        "  - discount_factor is 1.5; expected between 0 and 1"
    )


def test_all_wrong_types_are_raised_together_and_before_violations():
    with pytest.raises(CalibrationError) as caught:
        Toy(num_firms="0", discount_factor=None, types=[1.0], sizes=(1, 2.5))
    message = str(caught.value)
    assert "num_firms is '0'; expected finite int" in message
    assert "discount_factor is None; expected finite float" in message
    assert "types is [1.0]; expected a tuple of numbers" in message
    assert "sizes is (1, 2.5); expected finite int entries" in message
    assert "at least 1" not in message


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), -float("inf"), "0.9", None, (0.9,), 10**400])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(CalibrationError, match="discount_factor is "):
        Toy(discount_factor=value)


@pytest.mark.parametrize("value", [False, 2.0, float("nan"), "2", None, (2,)])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(CalibrationError, match="num_firms is "):
        Toy(num_firms=value)


@pytest.mark.parametrize("entry", [True, float("nan"), float("inf"), "1", None, (1.0,)])
def test_what_is_no_number_is_refused_in_a_tuple(entry):
    with pytest.raises(CalibrationError, match=r"types is .*; expected finite float entries"):
        Toy(types=(1.0, entry))


def test_a_number_is_no_tuple():
    with pytest.raises(CalibrationError, match=r"types is 1\.0; expected a tuple of numbers"):
        Toy(types=1.0)


def test_an_integer_will_do_for_a_float():
    assert Investment(demand_intercept=2, productivity_types=(1,)).demand_intercept == 2


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Toy().num_firms = 4


@pytest.mark.parametrize("read", [lambda name: Toy.from_dict({name: 1}), lambda name: Toy.parse([f"{name}=1"])])
def test_unknown_field_names_the_nearest(read):
    with pytest.raises(CalibrationError) as caught:
        read("discount_facter")
    assert str(caught.value) == (
        "Toy has no field 'discount_facter'; did you mean 'discount_factor'? "
        "Known fields: num_firms, discount_factor, types, sizes"
    )


def test_parse():
    assignments = ["num_firms=7", "discount_factor=1e-1", "types=3,4.5", "sizes=2"]
    values = Toy.parse(assignments)
    assert values == {"num_firms": 7, "discount_factor": 0.1, "types": (3.0, 4.5), "sizes": (2,)}
    assert [type(value) for value in values.values()] == [int, float, tuple, tuple]
    assert Toy(**values).types == (3.0, 4.5)
    assert Toy.parse([]) == {}


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("num_firms", r"--set=num_firms: expected field=value"),
        ("num_firms=1.5", r"--set=num_firms=1.5: expected one int"),
        ("num_firms=", r"--set=num_firms=: expected one int"),
        ("discount_factor=high", r"--set=discount_factor=high: expected one float"),
        ("discount_factor=0.9=0.8", r"--set=discount_factor=0.9=0.8: expected one float"),
        ("types=1,,2", r"--set=types=1,,2: expected comma-separated numbers"),
        ("types=", r"--set=types=: expected comma-separated numbers"),
        ("sizes=1,2.5", r"--set=sizes=1,2.5: expected comma-separated numbers"),
        ("=1", r"Toy has no field ''"),
    ],
)
def test_parse_refuses(assignment, message):
    with pytest.raises(CalibrationError, match=message):
        Toy.parse([assignment])


@pytest.mark.parametrize("text", ["nan", "inf"])
def test_numbers_that_parse_but_are_not_finite_are_refused(text):
    with pytest.raises(CalibrationError, match="discount_factor is"):
        Toy(**Toy.parse([f"discount_factor={text}"]))
