"""Rules of a file to start from: those of a model are read, explosive and reversed ones refused."""

from types import SimpleNamespace

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.aggregate_paths import DATA
from hetkeras.methods.krusell_smith.options import KrusellSmithOptions, notes
from hetkeras.methods.krusell_smith.rules.files import COLUMNS
from hetkeras.methods.krusell_smith.rules.first import explosive_states, first_rules
from hetkeras.models.bloom import Bloom
from hetkeras.models.khan_thomas import KhanThomas
from hetkeras.numerics.markov_chain import MarkovChain

RARE = np.array([[0.9, 0.1], [0.9, 0.1]])  # the second state is there a tenth of the time
MODEL = SimpleNamespace(
    aggregate_chain=MarkovChain(np.array([0.9, 1.1]), RARE),
    price_names=("price",),
    frictionless_steady_state=lambda z: (z**2, 1 / z),
)


def write(path, *slopes, capital=(-0.1, 0.1), price=(0.1, -0.1)):
    rows = zip(capital, slopes, price, (-0.4, -0.4), strict=True)
    path.write_text("\n".join([",".join(COLUMNS), *(",".join(map(str, row)) for row in rows)]))
    return path


@pytest.mark.parametrize(("model", "file"), [(KhanThomas(), "terry_2017_rules"), (Bloom(), "bloom_rules")])
def test_rules_of_the_papers_are_read_and_their_mirror_images_refused(tmp_path, model, file):
    path = DATA / f"{file}.csv"
    assert explosive_states(first_rules(path, model, 1.0, 0)) == []
    header, *rows = path.read_text().splitlines()
    lines = [
        [cell for name, cell in zip(header.split(","), row.split(","), strict=True) if name in COLUMNS] for row in rows
    ]
    (tmp_path / "rules.csv").write_text("\n".join([",".join(COLUMNS), *map(",".join, lines[::-1])]))
    with pytest.raises(CalibrationError, match=r"rules\.csv: .* the rows seem to be in reversed order"):
        first_rules(tmp_path / "rules.csv", model, 1.0, 0)


def test_rows_have_the_order_of_the_states(tmp_path):
    header, *rows = (DATA / "terry_2017_rules.csv").read_text().splitlines()
    (tmp_path / "rules.csv").write_text("\n".join([header, *rows[::-1]]))
    with pytest.raises(CalibrationError, match="aggregate does not run from 0 to 4; put the rows in this order"):
        first_rules(tmp_path / "rules.csv", KhanThomas(), 1.0, 0)


def test_a_state_may_explode_but_not_the_economy(tmp_path):
    rules = first_rules(write(tmp_path / "rules.csv", 0.8, 1.2), MODEL, 1.0, 0)
    assert explosive_states(rules) == [1]
    (note,) = notes(MODEL, {}, KrusellSmithOptions(first_rules=str(tmp_path / "rules.csv")))
    assert note.endswith("rules.csv: capital_slope is 1 or above in the states 1; mean capital explodes there")
    with pytest.raises(CalibrationError, match=r"explodes with slopes of 0\.8 to 1\.2"):
        first_rules(write(tmp_path / "rules.csv", 1.2, 0.8), MODEL, 1.0, 0)


def test_prices_alone_may_move_otherwise(tmp_path):
    first_rules(write(tmp_path / "rules.csv", 0.8, 0.8, price=(-0.1, 0.1)), MODEL, 1.0, 0)
    with pytest.raises(CalibrationError, match="reversed order"):
        first_rules(write(tmp_path / "rules.csv", 0.8, 0.8, price=(-0.1, 0.1), capital=(0.1, -0.1)), MODEL, 1.0, 0)
