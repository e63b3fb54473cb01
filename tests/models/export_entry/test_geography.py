"""Destinations on a map: shares, distances, seeds; a table by hand and everything that can be wrong with one."""

import math

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.models.export_entry.geography import NUMBERS, WORDS, read_geography, synthetic_geography
from hetkeras.models.export_entry.model import ExportEntry

COLUMNS = (*WORDS, *NUMBERS)
QUARTER = math.pi / 2 * 6.371 / 1.5  # a quarter of the globe over the reach of closeness
ROWS = {
    "pole": ("es", "north", 1.0, 0.8, 0.7, 0.1, 0.05, 90, 0),
    "zero": ("es", "south", 1.2, 0.9, 0.6, 0.2, -0.05, 0, 0),
    "near": ("fr", "north", 0.8, 0.7, 0.5, 0.3, 0.0, 0, 10),
}


def write(path, rows=ROWS, columns=COLUMNS, **changes):
    """A table with cells changed: pole_revenue='' for example."""
    lines = [",".join(columns)]
    for name, row in rows.items():
        cells = dict(zip(COLUMNS, (name, *row), strict=True))
        cells |= {key.partition("_")[2]: value for key, value in changes.items() if key.startswith(name + "_")}
        lines.append(",".join(str(cells[column]) for column in columns))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def pairs(fields):
    return np.reshape(fields["complementarity"], (fields["num_destinations"],) * 2)


# --- drawn destinations --------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 2, 13, 150])
def test_drawn_destinations_are_a_calibration(count):
    fields = synthetic_geography(count)
    model = ExportEntry(**fields)
    assert model.num_binary == count
    np.testing.assert_array_equal(model.factor_loadings, np.reshape(fields["cost_loadings"], (count, 2)))


def test_pairs_are_symmetric_and_add_their_share():
    fields = synthetic_geography(40, share=0.3)
    found = pairs(fields)
    np.testing.assert_array_equal(found, found.T)
    assert not found.diagonal().any()
    assert (found + np.eye(40) > 0).all()
    assert found.sum() == pytest.approx(0.3 * sum(fields["revenue"]), rel=1e-12)
    assert not pairs(synthetic_geography(40, share=0.0)).any()
    np.testing.assert_allclose(pairs(synthetic_geography(40)), found / 2, rtol=1e-12)


def test_pairs_of_drawn_destinations_add_their_share_of_revenue():
    fields = synthetic_geography(12)
    assert pairs(fields).sum() / sum(fields["revenue"]) == pytest.approx(0.15, rel=1e-9)


def test_draws_depend_on_the_seed_alone_and_stay_in_their_ranges():
    first, again, other = (synthetic_geography(60, seed) for seed in (1, 1, 2))
    assert first == again
    assert first["revenue"] != other["revenue"]
    ranges = {"revenue": (0.6, 1.5), "mean_cost": (0.75, 0.9), "entry_cost": (0.5, 1.0), "cost_loadings": (-0.05, 0.15)}
    for name, (low, high) in ranges.items():
        assert low <= min(first[name]) < np.mean(first[name]) < max(first[name]) <= high
    assert (np.reshape(first["cost_loadings"], (60, 2))[:, 0] > 0.05).all()


def test_many_regions_are_not_close_to_each_other():
    """With twelve to a region, most pairs have neither language nor agreement, and little closeness."""
    found = pairs(synthetic_geography(240))
    assert np.quantile(found, 0.5) < 0.05 * found.max()


@pytest.mark.parametrize(("count", "share"), [(0, 0.1), (-3, 0.1), (2001, 0.1), (5, -0.1), (5, 1.0), (5, math.nan)])
def test_impossible_maps_are_refused(count, share):
    with pytest.raises(CalibrationError, match=f"got {count} destinations and share {share}"):
        synthetic_geography(count, share=share)


# --- a table -------------------------------------------------------------------------------------------------
def test_a_table_gives_the_fields_of_a_calibration(tmp_path):
    fields = read_geography(write(tmp_path / "map.csv"), strength=1.0)
    assert fields["num_destinations"] == 3
    for name, position in (("revenue", 2), ("mean_cost", 3), ("entry_cost", 4)):
        assert fields[name] == tuple(row[position] for row in ROWS.values())
    assert fields["cost_loadings"] == (0.1, 0.05, 0.2, -0.05, 0.3, 0.0)
    model = ExportEntry(**fields)
    assert model.num_binary == 3
    assert model.as_dict()["destination_names"] == [*ROWS]
    assert model.element_summary["name"].tolist() == [*ROWS]
    with pytest.raises(CalibrationError, match="destination_names has 2 names; expected none or 3"):
        ExportEntry(**{**fields, "destination_names": ("a", "b")})


def test_closeness_is_that_of_distance_language_and_agreement(tmp_path):
    found = pairs(read_geography(write(tmp_path / "map.csv"), strength=2.0))
    far, near = math.exp(-QUARTER), math.exp(-QUARTER / 9)
    expected = 2 * np.array([[0, far + 0.5, far + 0.5], [far + 0.5, 0, near], [far + 0.5, near, 0]])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_closeness_falls_with_the_distance_along_the_globe(tmp_path):
    degrees = [0, 1, 20, 100, 179, -179, -1]
    rows = {f"at{degree}": (f"l{degree}", f"a{degree}", 1, 1, 1, 1, 1, 0, degree) for degree in degrees}
    found = pairs(read_geography(write(tmp_path / "map.csv", rows), strength=1.0))
    expected = np.exp(-np.radians([1, 20, 100, 179, 179, 1]) * 6.371 / 1.5)
    np.testing.assert_allclose(found[0, 1:], expected, rtol=1e-9)


def test_the_usual_strength_gives_pairs_their_share_of_revenue(tmp_path):
    path = write(tmp_path / "map.csv")
    assert pairs(read_geography(path)).sum() / 3.0 == pytest.approx(0.15, rel=1e-12)
    assert pairs(read_geography(path, share=0.4)).sum() / 3.0 == pytest.approx(0.4, rel=1e-12)
    one = read_geography(write(tmp_path / "one.csv", {"pole": ROWS["pole"]}))
    assert one["complementarity"] == (0.0,)


def test_columns_may_come_in_any_order_with_others_among_them(tmp_path):
    path = write(tmp_path / "map.csv")
    text = [line.split(",")[::-1] for line in path.read_text().splitlines()]
    other = tmp_path / "other.csv"
    other.write_text("\n".join(",".join([*cells, "x"]) for cells in text))
    assert read_geography(other) == read_geography(str(path))


@pytest.mark.parametrize("name", COLUMNS)
def test_a_missing_column_is_named(tmp_path, name):
    path = write(tmp_path / "map.csv", columns=[column for column in COLUMNS if column != name])
    with pytest.raises(CalibrationError, match=rf"map\.csv lacks the columns {name}; expected one row a destination"):
        read_geography(path)


@pytest.mark.parametrize("name", ["language", "revenue", "longitude"])
@pytest.mark.parametrize("cell", ["", "  "])
def test_an_empty_cell_is_named_with_its_line(tmp_path, name, cell):
    with pytest.raises(CalibrationError, match=rf"map\.csv, line 3: the cell of {name} is missing"):
        read_geography(write(tmp_path / "map.csv", **{f"zero_{name}": cell}))


def test_a_short_row_is_refused(tmp_path):
    path = write(tmp_path / "map.csv")
    path.write_text(path.read_text() + "last,es,north,1.0\n")
    with pytest.raises(CalibrationError, match=r"line 5 has 4 cells under 10 columns; is it cut short"):
        read_geography(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"near_latitude": 90.5}, "line 4: latitude is out of range; expected from -90 to 90"),
        ({"zero_longitude": -181}, "line 3: longitude is out of range; expected from -180 to 180"),
        ({"near_revenue": 0}, "line 4: revenue is not above 0"),
        ({"near_destination": "pole"}, "line 4: the destination of line 2 is there again"),
        ({"near_mean_cost": "much"}, "line 4: mean_cost is no plain number"),
    ],
)
def test_what_no_destination_has_is_named_with_its_line(tmp_path, change, says):
    with pytest.raises(CalibrationError, match=rf"map\.csv, {says}"):
        read_geography(write(tmp_path / "map.csv", **change))


@pytest.mark.parametrize("unknown", ["NA", "n/a", "none"])
def test_what_is_not_known_is_shared_with_nobody(tmp_path, unknown):
    alone = read_geography(write(tmp_path / "map.csv", near_agreement="south", zero_agreement="east"), strength=1.0)
    rows = {f"{name}_{word}": unknown for name in ROWS for word in ("agreement",)}
    assert pairs(read_geography(write(tmp_path / "map.csv", **rows), strength=1.0)).tolist() == pairs(alone).tolist()


def test_more_destinations_than_a_model_may_have_are_refused(tmp_path):
    rows = {f"d{place}": ("es", "north", 1, 1, 1, 1, 1, 0, 0) for place in range(2001)}
    with pytest.raises(CalibrationError, match=r"map\.csv has 2001 destinations; expected at most 2000"):
        read_geography(write(tmp_path / "map.csv", rows))


def test_files_without_rows_or_without_text_are_refused(tmp_path):
    with pytest.raises(CalibrationError, match="has no rows"):
        read_geography(write(tmp_path / "header.csv", {}))
    (tmp_path / "empty.csv").touch()
    with pytest.raises(CalibrationError, match=r"empty\.csv lacks the columns destination, language"):
        read_geography(tmp_path / "empty.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("bytes.csv", "absent.csv", "."):
        with pytest.raises(CalibrationError, match="cannot be read"):
            read_geography(tmp_path / name)


def test_a_table_from_a_spreadsheet_is_read(tmp_path):
    path = write(tmp_path / "map.csv")
    marked = tmp_path / "marked.csv"
    marked.write_text(path.read_text(), encoding="utf-8-sig")
    assert read_geography(marked) == read_geography(path)
