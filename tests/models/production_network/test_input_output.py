"""Input-output tables: the synthetic one has its facts, files are read as they are, what is wrong is named."""

import csv
import dataclasses

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.models.production_network.input_output import read_table, synthetic_table
from hetkeras.models.production_network.planner import ProductionNetwork
from tests.models.production_network.tables import KNOWN, facts
from tests.small_networks import DATA, data

NAMES = ("farms", "mines", "shops")
SHARES = np.array([[0.1, 0.2, 0.0], [0.05, 0.1, 0.3], [0.2, 0.2, 0.2]])
BETA = np.array([0.5, 0.3, 0.2])
ROWS = [
    {"sector": name, "consumption_share": beta, **dict(zip(NAMES, row, strict=True))}
    for name, beta, row in zip(NAMES, BETA, SHARES, strict=True)
]


MORE = {"mean_productivity": 0.1, "first_loading": 0.02, "second_loading": -0.01}


def write(path, rows=ROWS, columns=None):
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns or [*rows[0]], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


# --- a table of the user's -----------------------------------------------------------------------------------
def test_a_csv_gives_the_fields_of_a_calibration(tmp_path):
    fields = read_table(write(tmp_path / "io.csv"))
    assert fields == {
        "num_sectors": 3,
        "shares": tuple(SHARES.ravel()),
        "consumption_shares": tuple(BETA),
        "sector_names": NAMES,
    }
    more = read_table(write(tmp_path / "more.csv", [{**row, **MORE} for row in ROWS]))
    assert more["mean_productivity"] == (0.1,) * 3
    assert more["productivity_loadings"] == (0.02, -0.01) * 3
    assert ProductionNetwork(**more).num_factors == 2


def test_columns_may_come_in_any_order(tmp_path):
    shuffled = write(tmp_path / "io.csv", columns=["shops", "consumption_share", "farms", "sector", "mines"])
    assert read_table(str(shuffled)) == read_table(write(tmp_path / "plain.csv"))


def test_an_npz_gives_the_same(tmp_path):
    np.savez(tmp_path / "io.npz", A=SHARES, beta=BETA)
    assert read_table(tmp_path / "io.npz") | {"sector_names": NAMES} == read_table(write(tmp_path / "io.csv"))
    loadings = np.arange(9.0).reshape(3, 3) / 100
    np.savez(tmp_path / "all.npz", A=SHARES, beta=BETA, SIG=loadings, epsbar=np.ones(3), phi=0.4, Domar=np.ones(5))
    fields = read_table(tmp_path / "all.npz")
    assert (fields["num_factors"], fields["reversion"]) == (3, 0.4)
    np.testing.assert_array_equal(ProductionNetwork(**fields).factor_loadings, loadings)


def test_the_file_of_thirty_seven_sectors_has_the_facts_of_the_notes():
    """And those of the ten-term series and of penalties at kappa = 1."""
    stored = data()
    fields = read_table(DATA)
    found = facts(fields)
    assert found == pytest.approx(KNOWN, rel=2e-3)
    np.testing.assert_allclose(found["domar"], stored["Domar"].sum(), rtol=1e-14)
    shares, beta = stored["A"], stored["beta"]
    weights = {
        terms: beta @ sum(np.linalg.matrix_power(shares, power) for power in range(terms + 1)) for terms in (10, 15, 20)
    }
    short = {terms: 1 - found_weights.sum() / found["domar"] for terms, found_weights in weights.items()}
    assert short == pytest.approx({10: 3.8e-4, 15: 1.1e-5, 20: 3.1e-7}, rel=0.02)
    assert (1 - weights[10] / stored["Domar"]).max() == pytest.approx(1.7e-3, rel=0.01)
    others = shares * (1 - np.eye(37))
    of_sum, of_links = others.sum(1) ** 2, (others**2).sum(1)
    sizes = (of_sum.mean(), of_sum.max(), of_links.mean(), of_links.max())
    assert sizes == pytest.approx((0.166, 0.574, 0.027, 0.30), abs=4e-3)
    assert 1 / (of_sum + of_links).max() == pytest.approx(1.14, abs=0.005)  # kappa from which the cap binds
    bare = np.eye(37)
    penalty = ProductionNetwork(**fields).technology.penalty(bare)
    np.testing.assert_allclose(penalty, of_sum + of_links, rtol=1e-13)


def test_what_is_not_square_is_refused(tmp_path):
    with pytest.raises(
        CalibrationError, match=r"io\.csv is not square: 2 sectors buy and 3 sell; .* lines none, .* columns 5$"
    ):
        read_table(write(tmp_path / "io.csv", ROWS[:2]))
    with pytest.raises(
        CalibrationError, match=r"is not square: 3 sectors buy and 2 sell; .* lines 3, .* columns none$"
    ):
        read_table(write(tmp_path / "io.csv", columns=["sector", "consumption_share", "farms", "shops"]))
    with pytest.raises(CalibrationError, match=r"io\.csv, line 5: the sector of line 2 is there again"):
        read_table(write(tmp_path / "io.csv", [*ROWS, ROWS[0]]))
    header = ",".join(["sector", "consumption_share", *map(str, range(12))])
    (tmp_path / "wide.csv").write_text(f"{header}\nfarms{',0' * 13}\n")
    with pytest.raises(
        CalibrationError, match=r"in the lines 2, those without a row in the columns 3, .* 10 and 4 more"
    ):
        read_table(tmp_path / "wide.csv")
    np.savez(tmp_path / "io.npz", A=np.zeros((501, 501)), beta=np.zeros(501))
    with pytest.raises(CalibrationError, match=r"io\.npz has 501 sectors; expected at most 500"):
        read_table(tmp_path / "io.npz")
    np.savez(tmp_path / "io.npz", A=SHARES[:, :2], beta=BETA)
    with pytest.raises(CalibrationError, match=r"io\.npz: A has the shape \(3, 2\); expected \(3, 3\): a square table"):
        read_table(tmp_path / "io.npz")


@pytest.mark.parametrize(
    ("name", "array", "expected"),
    [
        ("beta", BETA[:2], r"beta has the shape \(2,\); expected \(3,\)"),
        ("SIG", BETA[:2, None], r"SIG has the shape \(2, 1\); expected \(3, 1\)"),
        ("SIG", BETA, r"SIG has the shape \(3,\); expected \(3, 'M'\)"),
        ("epsbar", SHARES, r"epsbar has the shape \(3, 3\); expected \(3,\)"),
        ("phi", BETA, r"phi has the shape \(3,\); expected one number"),
        ("A", np.zeros((0, 0)), r"A has the shape \(0, 0\)"),
        ("A", np.float64(3.0), r"A has the shape \(\)"),
        ("A", np.where(SHARES == 0, np.nan, SHARES), "A has entries that are no finite numbers; fill them in"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, name, array, expected):
    np.savez(tmp_path / "io.npz", **{"A": SHARES, "beta": BETA} | {name: array})
    with pytest.raises(CalibrationError, match=expected):
        read_table(tmp_path / "io.npz")


def test_missing_parts_are_named(tmp_path):
    np.savez(tmp_path / "io.npz", A=SHARES)
    with pytest.raises(CalibrationError, match=r"io\.npz lacks the arrays beta; expected A \[N, N\] and beta \[N\]"):
        read_table(tmp_path / "io.npz")
    for column in ("sector", "consumption_share"):
        left = [name for name in ROWS[0] if name != column]
        with pytest.raises(CalibrationError, match=rf"io\.csv lacks the columns {column}; expected one row a sector"):
            read_table(write(tmp_path / "io.csv", columns=left))
    (tmp_path / "empty.csv").touch()
    with pytest.raises(CalibrationError, match="lacks the columns sector, consumption_share"):
        read_table(tmp_path / "empty.csv")


def test_a_cell_that_is_no_number_is_named_with_its_line(tmp_path):
    rows = [ROWS[0], {**ROWS[1], "shops": "much"}, ROWS[2]]
    with pytest.raises(CalibrationError, match=r"io\.csv, line 3: column 5 is no plain number; expected one such as"):
        read_table(write(tmp_path / "io.csv", rows))


@pytest.mark.parametrize("name", ["farms", "consumption_share"])
def test_a_column_that_is_there_twice_is_refused(tmp_path, name):
    path = write(tmp_path / "io.csv")
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{header},{name}", *(f"{row},0.1" for row in rows)]))
    with pytest.raises(CalibrationError, match=rf"columns {[*ROWS[0]].index(name) + 1} and 6 have the same name"):
        read_table(path)


def test_an_ending_in_capitals_is_an_ending(tmp_path):
    np.savez(tmp_path / "io.npz", A=SHARES, beta=BETA)
    (tmp_path / "io.npz").rename(tmp_path / "IO.NPZ")
    assert read_table(tmp_path / "IO.NPZ")["num_sectors"] == 3


def test_short_and_long_rows_are_refused(tmp_path):
    path = write(tmp_path / "io.csv")
    text = path.read_text().splitlines()
    path.write_text("\n".join([*text[:-1], text[-1].rpartition(",")[0]]))
    with pytest.raises(CalibrationError, match=r"line 4 has 4 cells under 5 columns; is it cut short"):
        read_table(path)
    path.write_text("\n".join([*text[:-1], text[-1] + ",0.1"]))
    with pytest.raises(CalibrationError, match=r"line 4 has 6 cells under 5 columns; quote cells that have commas"):
        read_table(path)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "bytes.npz").write_bytes(b"\xff\xfe\x00")
    np.savez(tmp_path / "words.npz", A=np.array([["a"]]), beta=BETA)
    (tmp_path / "zip.npz").write_bytes(b"PK\x03\x04broken")
    (tmp_path / "empty.npz").touch()
    np.save(tmp_path / "array.npy", SHARES)
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    np.savez(tmp_path / "complex.npz", A=SHARES + 0.1j, beta=BETA)
    files = "bytes.npz", "absent.npz", "words.npz", "zip.npz", "empty.npz", "array.npz", "complex.npz"
    for name in ("bytes.csv", "absent.csv", *files, "."):
        with pytest.raises(CalibrationError, match="cannot be read"):
            read_table(tmp_path / name)


@pytest.mark.parametrize("count", [3, 10, 37])
@pytest.mark.parametrize("consumption", [0.0, 1.0])
@pytest.mark.parametrize("total", ["column, row of sums", "column, row of means", "row, column of zeros"])
def test_totals_are_no_sectors(tmp_path, count, consumption, total):
    fields = synthetic_table(count)
    table = np.zeros((count + 1, count + 1))
    shares = table[:count, :count] = np.reshape(fields["shares"], (count, count))
    table[:count, count] = shares.sum(1) * total.startswith("column")
    table[count] = table[:count].sum(0) / (count if total.endswith("means") else 1)
    order, beta = np.roll(np.arange(count + 1), 2), np.append(fields["consumption_shares"], consumption)
    arrays = {"A": table[np.ix_(order, order)].round(5), "beta": beta[order].round(3)}
    np.savez(tmp_path / "io.npz", **arrays)
    with pytest.raises(CalibrationError, match="row or column of sector 1, counted from 0, is the sum of the others"):
        read_table(tmp_path / "io.npz")
    kept = np.delete(np.arange(count + 1), 1)
    np.savez(tmp_path / "io.npz", A=arrays["A"][np.ix_(kept, kept)], beta=arrays["beta"][kept])
    assert read_table(tmp_path / "io.npz")["num_sectors"] == count


def test_few_sectors_may_sum_up_by_chance(tmp_path):
    shares = [[0.1, 0.1, 0.2], [0.2, 0.1, 0.3], [0.0, 0.2, 0.1]]
    np.savez(tmp_path / "io.npz", A=shares, beta=[0.5, 0.3, 0.2])
    assert read_table(tmp_path / "io.npz")["num_sectors"] == 3
    np.savez(tmp_path / "io.npz", A=shares, beta=[0.6, 0.4, 0.0])
    with pytest.raises(CalibrationError, match="row or column of sector 2, counted from 0"):
        read_table(tmp_path / "io.npz")


def test_names_of_sectors_travel_to_tables(tmp_path):
    model = ProductionNetwork(**read_table(write(tmp_path / "io.csv")))
    assert model.as_dict()["sector_names"] == [*NAMES]
    assert model.element_summary["user_name"].tolist() == [name for name in NAMES for _ in NAMES]
    assert model.element_summary["supplier_name"].tolist() == [*NAMES] * 3
    assert "user_name" not in ProductionNetwork().element_summary
    for names, says in (
        (("a", "b"), "has 2 names; expected none or 3"),
        (("a", "b", "a"), "has 3 names of which 2 differ"),
        (("a", "b", " "), "has an empty name"),
    ):
        with pytest.raises(CalibrationError, match=f"sector_names {says}"):
            dataclasses.replace(model, sector_names=names)


def test_economics_are_checked_by_the_model(tmp_path):
    fields = read_table(write(tmp_path / "io.csv", [{**row, "farms": 0.8} for row in ROWS]))
    with pytest.raises(CalibrationError, match=r"shares of inputs sum to 1\.2 in sector 1"):
        ProductionNetwork(**fields)
