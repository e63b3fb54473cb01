"""Worth, maps, answers and growing networks: what is on file is drawn and said, what is missing or broken too."""

import json
import re

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import write_report
from hetkeras.report.runs import glossary, network_page
from hetkeras.report.runs.glossary import written
from hetkeras.report.runs.network_page import (
    FALL,
    FILES,
    GROWTH,
    LINKS,
    LOSS_REMARK,
    SECTORS,
    SNAPSHOTS,
    network_pictures,
)
from tests.report import network_files
from tests.report.csv_files import write_csv
from tests.report.firm_files import write_columns
from tests.report.flip_files import LOSSES
from tests.report.network_files import COUNT, DIAGNOSTICS, MOVES, write_network_run

HEADER = "user,supplier,share,active,worth,worth_error,worth_consumption,own_tfp,own_wish"


@pytest.fixture
def run_dir(tmp_path):
    return write_network_run(tmp_path / "network")


def test_losses_stand_beside_those_of_table_2(run_dir):
    write_csv(run_dir / "losses.csv", [{**row, "step": 0.01, "states": 512} for row in LOSSES])
    *_, table, notes = network_pictures(run_dir)
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows[0] == ["average", "7.40e-06", "9.44e-08", "3.46e-07", "1.23e-06"]
    assert rows[4] == ["95th percentile", "1.12e-05", "3.53e-07", "9.00e-07", "–"]
    assert table.spans[1:] == (("Huang and Yu (2024), Table 2", 2), ("hetkeras", 2))
    assert LOSS_REMARK in notes.text
    assert notes.text.endswith("Ours are of a step of 0.01 years from each of 512 states.")


def blocks(directory, kind):
    return [block for block in network_pictures(directory) if block.kind == kind]


def captions(directory):
    return [block.caption for block in blocks(directory, "picture")]


def drawn_with(monkeypatch, name):
    """Records what a figure is asked to draw."""
    asked, make = [], getattr(network_page, name)
    count = {"link_figure": 1}.get(name, 3)  # what is drawn; words of the axes follow
    monkeypatch.setattr(network_page, name, lambda *parts: asked.append(parts[:count]) or make(*parts))
    return asked


def change(path, columns, **changed):
    write_columns(path, columns | changed)


# --- the whole page ------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("pixels")
def test_the_page_shows_three_figures_and_every_number_in_words(run_dir):
    text = write_report(run_dir).read_text(encoding="utf-8")
    assert text.count("data:image/svg+xml") == 3
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert all(glossary.explanation(name) for name in DIAGNOSTICS)
    for number in ("+10.3 %", "−9.27 %", "not finite %", "2.1 %"):
        assert (f">{number}<" in text) is (number != "not finite %")
    assert ">not finite<" in text
    assert "None of" not in text


@pytest.mark.parametrize("name", FILES)
def test_what_is_absent_is_a_sentence(run_dir, name):
    (run_dir / name).unlink()
    (text,) = blocks(run_dir, "text")
    assert text.text.startswith(f"{name} is not in the directory")
    assert len(blocks(run_dir, "picture")) == 2


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (LINKS, "user,supplier,share\n0,1,.1\n", "lacks the columns active, worth"),
        (LINKS, f"{HEADER}\n0,1\n", "2 cells"),
        (LINKS, f"{HEADER}\n,1,.1,1,1,1,1,1,1\n", "expected whole numbers from 0 in the"),
        (LINKS, f"{HEADER}\n0,1.5,.1,1,1,1,1,1,1\n", "expected whole numbers from 0 in the"),
        (FALL, "time,log_gdp_usual\n0,1\n", "lacks the columns log_gdp_shocked"),
        (GROWTH, "year,active\n0,low\n", "lacks the columns active_mean"),
        (SNAPSHOTS, "year,user,supplier,share,on\n0,0,some,.1,1\n", "line 2: supplier is no number; expected one"),
        (SNAPSHOTS, "year,user,supplier,share,on\n0,0,1,.1,1\n", "do not fit in year 5: 4 sectors, 0 links"),
        (SNAPSHOTS, "year,user,supplier,share,on\n0,0,9,.1,1\n", "do not fit in year 0: 4 sectors, 1 links"),
        (SECTORS, "year,sector,domar,productivity\n0,1,.5,0\n", "do not fit in year 0: 1 sectors"),
    ],
)
def test_what_is_damaged_is_refused(run_dir, name, content, says):
    (run_dir / name).write_text(content)
    with pytest.raises(RunDirectoryError, match=says):
        network_pictures(run_dir)


@pytest.mark.usefixtures("pixels")
def test_sectors_are_called_by_their_names_where_they_have_some(run_dir):
    table = network_files.links()
    names = np.array(["farms, forestry", "mines", "mills", "shops"])
    change(run_dir / LINKS, table, user_name=names[table["user"]], supplier_name=names[table["supplier"]])
    (found,) = (block for block in blocks(run_dir, "table") if block.header == ("sector", "name"))
    assert [tuple(cell.text for cell in row) for row in found.rows] == [*zip("0123", names, strict=True)]
    assert any("the productivity of sector 2, mills, falls" in each.caption for each in blocks(run_dir, "picture"))


@pytest.mark.usefixtures("pixels")
def test_numbers_that_are_not_finite_are_counted_and_left_out(run_dir):
    table = network_files.links()
    table["worth_consumption"][6] = np.inf
    change(run_dir / LINKS, table)
    change(run_dir / FALL, network_files.productivity_fall(), log_gdp_shocked=np.full(5, np.nan))
    found = network_pictures(run_dir)
    said = [block.text for block in found if block.kind == "text"]
    assert any(text.startswith(f"1 numbers of {LINKS} are not finite") for text in said)
    assert any(text.startswith(f"5 numbers of {FALL} are not finite") for text in said)
    assert [block.kind for block in found].count("picture") == 3


def test_without_diagnostics_worth_is_left_out(run_dir):
    (run_dir / "diagnostics.json").write_text(json.dumps({"converged": True}))
    assert not blocks(run_dir, "table")
    assert "one sector" in captions(run_dir)[1]


# --- maps ----------------------------------------------------------------------------------------------------
def test_links_that_move_are_drawn_in_per_cent_and_disagreement_is_marked(run_dir, monkeypatch):
    asked = drawn_with(monkeypatch, "link_figure")
    blocks(run_dir, "picture")
    planner, user, time = asked[0][0]
    still = ~MOVES.reshape(COUNT, COUNT)
    for drawn, name in ((planner, "worth_consumption"), (user, "own_wish"), (time, "active")):
        np.testing.assert_array_equal(np.isnan(drawn.entries), still)
        expected = 100 * network_files.links()[name].reshape(COUNT, COUNT)
        np.testing.assert_allclose(drawn.entries[~still], expected[~still])
    assert planner.signed
    assert user.signed
    assert not time.signed
    for drawn in (planner, user):
        assert [*zip(*np.nonzero(drawn.marks), strict=True)] == [(0, 1)]


def test_the_caption_counts_who_wants_what(run_dir):
    said = captions(run_dir)[0]
    assert "Of 12 links that can move, 11 lower the unit cost of their user" in said
    assert "the planner does not want 1 of these, and wants 0 of the others" in said
    assert "which 12 links raise: of these the planner does not want 2." in said
    assert "1 links are worth so little" in said


def test_a_link_must_be_worth_its_cost(run_dir):
    change(run_dir / LINKS, network_files.links(), link_cost=np.full(16, 0.05))
    wanted = (network_files.links()["worth"][MOVES] > 0.05).sum()
    assert f"of these the planner does not want {12 - wanted}." in captions(run_dir)[0]


@pytest.mark.parametrize(
    ("joint", "who", "unit"), [(0, "delegate", "% of its unit cost"), (1, "pair", "% of both unit costs")]
)
def test_where_sectors_decide_it_is_said_who_does(run_dir, monkeypatch, joint, who, unit):
    metadata = run_dir / "saved_model" / "assets" / "hetkeras.json"
    metadata.parent.mkdir(parents=True, exist_ok=True)
    metadata.write_text(json.dumps({"model": "LinkFormationGame", "calibration": {"joint": joint}}))
    write_csv(run_dir / "losses.csv", [{**row, "step": 0.01, "states": 512} for row in LOSSES])
    asked = drawn_with(monkeypatch, "link_figure")
    assert f"the {who} does not want 1 of these" in captions(run_dir)[0]
    assert asked[0][0][0].title == f"what a link is worth to the {who}\n({unit} for ever)"
    assert LOSS_REMARK not in network_pictures(run_dir)[-1].text


def test_tables_of_links_that_never_move_are_said(run_dir):
    change(run_dir / LINKS, network_files.links(), share=np.zeros(16))
    (text,) = blocks(run_dir, "text")
    assert text.text.startswith(f"No link of {LINKS} can move")


# --- answers and growth --------------------------------------------------------------------------------------
def test_the_answer_to_a_fall_is_drawn_in_per_cent(run_dir, monkeypatch):
    asked = drawn_with(monkeypatch, "fall_figure")
    said = captions(run_dir)[1]
    time, panels, error = asked[0]
    table = network_files.productivity_fall()
    gdp, links, rewiring = panels.values()
    with_answer, without = gdp.values()
    np.testing.assert_allclose(with_answer, 100 * (table["log_gdp_shocked"] - table["log_gdp_usual"]))
    np.testing.assert_allclose(without[0], -1)
    np.testing.assert_allclose(next(iter(links.values())), 100 * (table["active_shocked"] - 0.4))
    np.testing.assert_allclose(next(iter(rewiring.values())), 100 * table["rewiring"])
    np.testing.assert_allclose(error, 100 * table["rewiring_error"])
    np.testing.assert_array_equal(time, table["time"])
    assert "the productivity of sector 2 falls" in said
    assert "Log GDP falls by 1 % at once" in said
    assert "the residual of the HJB equation is 2.1 %" in said


def test_the_share_that_is_made_up_for_is_that_of_the_area_between_the_lines(run_dir):
    table = network_files.productivity_fall()
    areas = [np.trapezoid(table[name], table["time"]) for name in ("rewiring", "log_gdp_rigid", "log_gdp_usual")]
    share = areas[0] / (areas[2] - areas[1])
    assert f"makes up for {100 * share:.1f} % of the loss" in captions(run_dir)[1]


def test_an_answer_that_is_none_is_one_panel_and_a_sentence(run_dir, monkeypatch):
    write_columns(run_dir / FALL, network_files.productivity_fall(rewires=False))
    asked = drawn_with(monkeypatch, "fall_figure")
    assert "decisions stay the same" in captions(run_dir)[1]
    assert len(asked[0][1]) == 1


def test_an_answer_that_may_be_luck_is_one_panel_too(run_dir, monkeypatch):
    table = network_files.productivity_fall()
    change(run_dir / FALL, table, rewiring_error=table["rewiring"])
    asked = drawn_with(monkeypatch, "fall_figure")
    assert "not told from sampling error" in captions(run_dir)[1]
    assert len(asked[0][1]) == 1


def test_networks_are_drawn_at_their_moments_and_only_the_strongest_links_of_many(run_dir, monkeypatch):
    monkeypatch.setattr(network_page, "strongest", lambda share: share > 0.25)
    asked = drawn_with(monkeypatch, "growth_figure")
    said = captions(run_dir)[2]
    networks, moments, path = asked[0]
    assert moments == [0, 5, 20, 60]
    assert [network.title for network in networks] == [
        *("year 0: 0 % of links", "year 5: 25 % of links", "year 20: 50 % of links", "year 60: 100 % of links")
    ]
    assert [network.on.sum() for network in networks] == [0, 3, 6, 6]
    np.testing.assert_allclose(networks[1].domar, np.linspace(0.2, 0.8, COUNT))
    assert path["log_gdp"][0] == 0
    assert path["log_gdp_mean"][-1] == pytest.approx(20)
    assert path["active_mean"][-1] == pytest.approx(50)
    assert "of 12 links that can move, the 6 with the largest shares" in said
    assert "50 % of the links are there on average, and GDP is 22 % above" in said


def test_errors_are_shares_of_the_option():
    assert written("option_error_rms", 0.0033) == "0.33 %"
