"""Calibrations: checked when built, read from the command line and from JSON."""

import dataclasses
import json
from typing import Annotated, ClassVar, Literal

import numpy as np
import pytest
from annotated_types import Ge, Interval, Le

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
        Toy(num_firms="0", discount_factor=None, types=1.0, sizes=(1, 2.5))
    message = str(caught.value)
    assert "num_firms is '0'; expected finite int" in message
    assert "discount_factor is None; expected finite float" in message
    assert "types is 1.0; expected a tuple of numbers" in message
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


@pytest.mark.parametrize(
    ("read", "where"),
    [
        (lambda name: Toy.from_dict({name: 1}), ""),
        (lambda name: Toy.parse([f"{name}=1"]), "--set=discount_facter=1: "),
        (lambda name: Toy.parse([f"{name}=1"], "--solver"), "--solver=discount_facter=1: "),
    ],
)
def test_unknown_field_names_the_nearest(read, where):
    with pytest.raises(CalibrationError) as caught:
        read("discount_facter")
    assert str(caught.value) == (
        f"{where}Toy has no field 'discount_facter'; did you mean 'discount_factor'? "
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
        ("num_firms=1_0", r"--set=num_firms=1_0: expected one int"),
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


@dataclasses.dataclass(frozen=True)
class Rich(Calibration):
    """Every kind of field."""

    utility: Literal["log", "power"] = "log"
    name: str = "home"
    joint: bool = False
    transition: tuple[tuple[float, ...], ...] = ((0.9, 0.1), (0.2, 0.8))
    share: Annotated[float, Interval(gt=0, lt=1), "Of capital."] = 0.3
    width: Annotated[int, Ge(1)] | None = None
    weights: Annotated[tuple[float, ...], Interval(ge=0, le=1)] = (0.5,)
    unit: ClassVar[str] = "goods"


def test_every_kind_of_field_goes_through_json_and_text():
    rich = Rich("power", "away", True, np.eye(2), 0.5, 3, [0.0, 1])
    assert rich.transition == ((1.0, 0.0), (0.0, 1.0))
    assert rich.weights == (0.0, 1)
    assert Rich.from_dict(json.loads(json.dumps(rich.as_dict()))) == rich
    texts = ["utility=power", "name=away", "joint=true", "transition=1,0;0,1", "share=0.5", "width=3", "weights=0,1"]
    assert Rich(**Rich.parse(texts)) == rich
    assert hash(rich) == hash(Rich(**Rich.parse(texts)))


def test_help_choices_and_none_are_known():
    kinds = Rich.fields()
    assert kinds["share"].help == "Of capital."
    assert kinds["utility"].choices == ("log", "power")
    assert (kinds["width"].optional, kinds["share"].optional) == (True, False)
    assert Rich.parse(["width=none"]) == {"width": None}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("utility", "linear", "utility is 'linear'; expected one of 'log', 'power'"),
        ("name", 3, "name is 3; expected str"),
        ("joint", 1, "joint is 1; expected bool"),
        ("transition", ((0.9, 0.1), 1.0), "transition is ((0.9, 0.1), 1.0); expected a tuple of numbers, 2 deep"),
        ("transition", (1.0, 0.0), "transition is (1.0, 0.0); expected a tuple of numbers, 2 deep"),
        ("transition", ((float("nan"),),), "transition is ((nan,),); expected finite float entries"),
        ("share", 1.0, "share is 1.0; expected strictly between 0 and 1"),
        ("width", 0, "width is 0; expected at least 1"),
        ("weights", (0.5, 1.5), "weights is (0.5, 1.5); expected from 0 to 1"),
    ],
)
def test_values_outside_their_type_or_range_are_refused(field, value, sentence):
    with pytest.raises(CalibrationError) as caught:
        Rich(**{field: value})
    assert str(caught.value) == f"Rich cannot be calibrated like this: {sentence}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("utility=linear", "expected one of 'log', 'power'"),
        ("joint=maybe", "expected one bool"),
        ("transition=1,0;x,1", "expected comma-separated numbers, rows separated by semicolons"),
    ],
)
def test_texts_outside_their_type_are_refused(text, expected):
    with pytest.raises(CalibrationError, match=f"--set={text}: {expected}"):
        Rich.parse([text])


def test_a_field_that_is_set_twice_is_refused():
    with pytest.raises(CalibrationError, match="--set=num_firms=4: num_firms is set twice; expected once"):
        Toy.parse(["num_firms=3", "num_firms=4"])


def test_a_long_value_is_shortened_in_its_message():
    with pytest.raises(CalibrationError) as caught:
        Toy(types=(0.25,) * 10_000 + ("x",))
    assert len(str(caught.value)) < 400
    assert str(caught.value).endswith("...; expected finite float entries")


def test_the_flag_of_the_text_is_named():
    with pytest.raises(CalibrationError, match="--solver=joint=maybe: expected one bool"):
        Rich.parse(["joint=maybe"], "--solver")


def test_a_range_of_one_sided_bounds_is_told():
    @dataclasses.dataclass(frozen=True)
    class Capped(Calibration):
        share: Annotated[float, Le(0.5)] = 0.3

    with pytest.raises(CalibrationError, match=r"share is 0\.6; expected at most 0\.5"):
        Capped(share=0.6)


def test_a_type_that_no_calibration_holds_is_refused_with_those_that_it_may_hold():
    @dataclasses.dataclass(frozen=True)
    class Odd(Calibration):
        table: dict[str, float] = dataclasses.field(default_factory=dict)

    with pytest.raises(
        CalibrationError, match=r"Odd: the field 'table' has the type dict\[str, float\]; expected int, "
    ):
        Odd()


def test_a_subclass_that_is_no_dataclass_is_told():
    class Forgotten(Toy):
        growth: float = 0.02

    with pytest.raises(
        CalibrationError, match=r"Forgotten declares growth, .* write @dataclasses.dataclass\(frozen=True\)"
    ):
        Forgotten()


def test_a_subclass_that_declares_nothing_needs_no_decorator():
    class Same(Toy):
        def violations(self):
            return ()

    assert Same(num_firms=0).num_firms == 0


def test_a_type_that_is_not_imported_is_told():
    @dataclasses.dataclass(frozen=True)
    class Unknown(Calibration):
        share: "Unheard" = 0.3  # noqa: F821

    with pytest.raises(CalibrationError, match=r"Unknown: the type of a field is not known .*'Unheard'.*; import it"):
        Unknown()
