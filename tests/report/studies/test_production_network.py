"""The study of production networks: numbers of the file, errors against what was aimed at, what is missing."""

import re

import numpy as np
import pytest

from hetkeras.report.page import read_page, write_report
from hetkeras.report.studies import production_network as network_study
from hetkeras.report.studies.production_network import HEADER, study_page
from tests.report.csv_files import write_csv
from tests.report.flip_files import LOSSES

NUMBERS = {
    "num_binary": 9,
    "train_seconds": 31.2,
    "residual_own_rms": 0.0142,
    "gain_residual_own_rms": 0.0948,
    "option_error_rms": 0.00172,
    "range_error_max": 0.0031,
    "decisions_right": 0.98765,
    "rejected_share": 0.121,
    "rejected_share_known": 0.133,
    "value_full": -4.9821,
    "policy_worth": -4.9712,
    "policy_worth_error": 0.0273,
    "policy_worth_gap": 0.0109,
    "policy_worth_limit": 0.1148,
    "value_scale": 3.66,
    "accepted_share": 0.91,
}


def solve(table="exact_network", group="three sectors", description="one factor", seed=0, **changes):
    """A row of results.csv."""
    row = {"table": table, "group": group, "description": description, "seed": seed, **NUMBERS}
    place = re.sub(r"\W+", "_", f"{table} {group} {description} {seed}")
    return row | {"converged": True, "reason": "", "run_dir": f"cases/{place}"} | changes


@pytest.fixture
def make_study(tmp_path):
    def make(*rows):
        write_csv(tmp_path / "results.csv", list(rows))
        return tmp_path

    return make


def row_of(study, title="Where the solution is known"):
    (section,) = (section for section in study_page(study).sections if section.title == title)
    table = section.blocks[0]
    assert len(table.header) == len(HEADER) + 1 == sum(columns for _, columns in table.spans)
    (row,) = table.rows
    return dict(zip((*HEADER, "seconds"), row, strict=True))


def test_numbers_are_those_of_the_file(make_study):
    row = row_of(make_study(solve()))
    assert {name: cell.text for name, cell in row.items()} == {
        **{"": "three sectors", "case": "one factor", "converged": "1/1", "median": "0.17 %", "worst": "0.17 %"},
        **{"of range": "0.31 %", "right": "98.77 %", "rejected": "12 %", "own states": "1.4 %", "gains": "9.5 %"},
        **{"value": "-4.982", "policy": "-4.971", "seconds": "31"},
    }
    assert (row["policy"].below, row["rejected"].below) == ("± 0.027", "exact 13 %")


@pytest.mark.usefixtures("pixels")
def test_seeds_are_summarised_and_held_against_what_was_aimed_at(make_study):
    errors = (0.001, 0.002, 0.009)
    rows = [solve(seed=seed, option_error_rms=error, decisions_right=1 - error) for seed, error in enumerate(errors)]
    rows[2] |= {"converged": False, "reason": "option_error_rms is 0.009"}
    study = make_study(*rows)
    row = row_of(study)
    assert (row["median"].text, row["worst"].text, row["right"].text) == ("0.20 %", "0.90 %", "99.10 %")
    assert (row["converged"].text, row["worst"].tone) == ("2/3", "bad")
    text = write_report(study).read_text(encoding="utf-8")
    assert '<p class="verdict bad">2 of 3 solves converged</p>' in text
    assert "option_error_rms is 0.009" in text


def test_distances_are_drawn_with_their_limits(make_study, monkeypatch):
    figures, draw = [], network_study.dots_figure
    monkeypatch.setattr(network_study, "dots_figure", lambda *given: figures.append(draw(*given)) or figures[-1])
    study_page(make_study(solve(), solve(group="37 sectors", description="star")))
    limits = [axes.collections[-1].get_offsets()[:, 0] for axes in figures[0].axes]
    np.testing.assert_allclose(limits[0], [0.5, 1.0])
    np.testing.assert_allclose(limits[1], 100 * 0.1148 / 3.66)


def test_economies_without_exact_values_have_dashes(make_study):
    unknown = dict.fromkeys(("option_error_rms", "range_error_max", "decisions_right"), "")
    study = make_study(solve("network", "synthetic", "five sectors", **unknown))
    row = row_of(study, "Economies")
    assert [row[name].text for name in ("median", "worst", "of range", "right")] == ["–"] * 4
    assert row["value"].text == "-4.982"
    sections = {section.title: section for section in read_page(study).sections}
    assert sections["Where the solution is known"].blocks[0].text.startswith("No solve of this kind")


def test_the_papers_losses_are_those_of_the_first_seed_of_each_case(make_study):
    study = make_study(solve(), solve(seed=1), solve(group="37 sectors", description="star"))
    (section,) = (part for part in study_page(study).sections if part.title == "The paper's losses, for comparison")
    assert section.blocks[0].text == "No case has a file losses.csv."
    for seed in (0, 1):
        directory = study / solve(seed=seed)["run_dir"]
        directory.mkdir(parents=True)
        rows = [row | {"analytic": (1 + seed) * row["analytic"], "step": 0.01} for row in LOSSES]
        write_csv(directory / "losses.csv", rows)
    (section,) = (part for part in study_page(study).sections if part.title == "The paper's losses, for comparison")
    table, notes = section.blocks
    published, ours = ([cell.text for cell in row] for row in table.rows)
    assert published[:4] == ["Huang and Yu (2024), Table 2", "7.40e-06", "2.08e-06", "9.60e-06"]
    assert published[-1] == "3.53e-07"
    assert ours == ["three sectors, one factor", "3.46e-07", *"–––", "9.00e-07", "1.23e-06", *"––––"]
    assert sum(columns for _, columns in table.spans) == len(table.header) == len(ours)
    assert "checks of each solve to say" in notes.text
    assert notes.text.endswith("Ours are of a step of 0.01 years.")
