import json
import re

import numpy as np
import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import write_report
from hetkeras.report.runs import glossary
from hetkeras.report.runs.flip_page import FILES, flip_pictures
from tests.report.csv_files import write_csv
from tests.report.firm_files import write_columns
from tests.report.flip_files import (
    COUNT,
    DIAGNOSTICS,
    LOSSES,
    METADATA,
    alike,
    elements,
    entry_probability,
    transition,
)


def page(directory):
    return write_report(directory).read_text(encoding="utf-8")


def blocks(directory, kind):
    return [block for block in flip_pictures(directory) if block.kind == kind]


def captions(directory):
    return [block.caption for block in blocks(directory, "picture")]


def sentences(directory):
    return [block.text for block in blocks(directory, "text")]


def tables(directory):
    """Texts of the cells of each table, by what stands first in its header."""
    found = blocks(directory, "table")
    return {table.header[0]: [[cell.text for cell in row] for row in table.rows] for table in found}


def change(path, columns, **changed):
    write_columns(path, columns | changed)


# --- the whole page ------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("pixels")
def test_the_page_shows_three_figures_and_every_number_in_words(flip_run):
    text = page(flip_run)
    assert text.count("data:image/svg+xml") == 3
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert sentences(flip_run) == []
    assert all(glossary.explanation(name) for name in DIAGNOSTICS)
    for number in ("40", "0.81 %", "2.1 %", "171.2", "0.2214", "0 %", "0.31 %", "1.2 %", "0.9995", "0.7431", "21,185"):
        assert f'<td class=" number">{number}</td>' in text
    assert "paths.csv" not in text
    assert "<dd>1,602 numbers from 0 to 0.0042, all of them in run.json</dd>" in text
    assert len(re.sub(r"base64,[^\"]+", "", text)) < 20_000


def test_destinations_are_listed_by_name_where_they_have_one(flip_run):
    table = elements()
    names = [f"<b>{place}</b>" for place in range(len(table["worth"]))]
    change(flip_run / "elements.csv", table, name=names)
    (title,) = (title for title in tables(flip_run) if title.startswith("name"))
    order = np.argsort(-table["worth"])
    assert [row[0] for row in tables(flip_run)[title]] == [names[place] for place in order[:40]]
    text = page(flip_run)
    assert f"&lt;b&gt;{order[0]}&lt;/b&gt;" in text
    assert "<b>0</b>" not in text


@pytest.mark.parametrize("name", FILES)
def test_what_is_absent_is_a_sentence(flip_run, name):
    (flip_run / name).unlink()
    text = page(flip_run)
    assert f"{name} is not in the directory" in text
    assert text.count("data:image/svg+xml") == 2


def test_without_any_table_all_are_named(flip_run):
    for name in FILES:
        (flip_run / name).unlink()
    text = page(flip_run)
    assert f"{', '.join(FILES)}" in text
    assert "is in the directory: there are no figures." in text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("elements.csv", "element,worth,active\n0,1,1\n", "lacks the columns accepted"),
        ("elements.csv", "element,worth,active,accepted\n0,high,1,1\n", "line 2: worth is no number; expected one"),
        ("elements.csv", "element,worth,active,accepted\n0,1,1,1\n1,2\n", "line 3 has 2 cells under 4 columns"),
        ("entry_probability.csv", "impulses,taken_0,taken_50\n0,1,1\n", "lacks the columns taken_90"),
        ("transition.csv", "time,active_usual\n0,1\n", "lacks the columns active_shocked, entries_usual"),
        ("transition.csv", "", "lacks the columns time"),
        ("losses.csv", "statistic,analytic\naverage,1\n", "lacks the columns probabilistic"),
        (
            "losses.csv",
            "statistic,analytic,probabilistic\naverage,1,low\n",
            "probabilistic is no number; expected one",
        ),
        ("diagnostics.json", '{"converged": true, "num_binary": "ten"}', "num_binary is 'ten', expected a number"),
        ("diagnostics.json", '{"converged": true, "num_binary": NaN}', "num_binary is nan, expected a number"),
    ],
)
def test_damage_is_refused_by_name(flip_run, name, content, says):
    (flip_run / name).write_text(content)
    with pytest.raises(RunDirectoryError, match=re.escape(says)) as caught:
        write_report(flip_run)
    assert str(flip_run / name) in str(caught.value)
    assert not (flip_run / "report.html").exists()


def test_text_of_the_files_is_escaped(flip_run):
    asset = flip_run / "saved_model" / "assets" / "hetkeras.json"
    asset.write_text(json.dumps(METADATA | {"units": {"value": "<b>gold</b>", "cost": "<i>gold</i>"}}))
    write_csv(flip_run / "losses.csv", [{"statistic": "<u>mean</u>", "analytic": 1, "probabilistic": 2}])
    text = page(flip_run)
    assert not re.search("<[biu]>", text)
    for shown in (
        "states, in &lt;b&gt;gold&lt;/b&gt;.",
        "# [B, J]: &lt;i&gt;gold&lt;/i&gt;",
        "&lt;u&gt;mean&lt;/u&gt;",
    ):
        assert shown in text


# --- elements ------------------------------------------------------------------------------------------------
def test_the_lines_are_least_squares_and_stand_in_the_caption(flip_run):
    columns = elements()
    worth, revenue, contribution = (columns[name] for name in ("worth", "revenue", "contribution"))
    slope, start = np.polyfit(revenue, worth, 1)
    rest = worth - start - slope * revenue
    caption = captions(flip_run)[0]
    for x, y in ((revenue, worth), (contribution, rest)):
        fit = 1 - np.var(y - np.polyval(np.polyfit(x, y, 1), x)) / np.var(y)
        assert f"slope {np.polyfit(x, y, 1)[0]:.4g}, R² {fit:.3f}" in caption
    assert caption.startswith("Figure 1 of Huang and Yu (2024): one point is one element.")
    assert "mean over long-run states, in units of a typical destination's revenue." in caption
    assert caption.endswith("which is complementarity.")


def test_the_range_over_elements_is_a_table(flip_run):
    (rows,) = tables(flip_run).values()
    worth = elements()["worth"]
    numbers = [f"{part(worth):.4g}" for part in (np.min, np.median, np.max)]
    assert rows[0] == ["worth: value with it less value without it", *numbers]
    assert [row[0].split(",")[0] for row in rows[3:]] == [
        "revenue",
        "cost",
        "cost of switching it on",
        "contribution to the profits of all others",
    ]


def test_elements_that_are_alike_are_no_figure(flip_run):
    write_columns(flip_run / "elements.csv", alike())
    (text,) = sentences(flip_run)
    assert text.startswith("All elements have the same revenue 1 and contribution 0.18: ")
    assert len(captions(flip_run)) == 2


@pytest.mark.parametrize(("same", "other"), [("revenue", "contribution"), ("contribution", "revenue")])
def test_what_does_not_vary_has_no_panel(flip_run, same, other):
    change(flip_run / "elements.csv", elements(), **{same: np.full(COUNT, 0.3)})
    assert sentences(flip_run) == [f"{same.capitalize()} is the same for all elements: nothing is drawn against it."]
    caption = captions(flip_run)[0]
    assert caption.count("slope") == 1
    slope = np.polyfit(elements()[other], elements()["worth"], 1)[0]
    assert f"slope {slope:.4g}" in caption
    assert ("Worth less its mean against contribution" in caption) == (same == "revenue")
    assert ("complementarity" in caption) == (same == "revenue")


@pytest.mark.parametrize(
    ("without", "says", "pictures"),
    [
        ("revenue", "elements.csv has no column revenue: Figure 1 of Huang and Yu (2024) is not drawn.", 2),
        ("contribution", "elements.csv has no column contribution: the right panel of ", 3),
    ],
)
def test_models_without_these_facts_have_a_page(flip_run, without, says, pictures):
    write_columns(flip_run / "elements.csv", {name: c for name, c in elements().items() if name != without})
    assert sentences(flip_run)[0].startswith(says)
    assert len(captions(flip_run)) == pictures


def test_worthless_elements_are_left_out_as_in_the_paper(flip_run):
    columns = elements()
    worth = np.where(np.arange(COUNT) < 3, [-9.0], columns["worth"])
    change(flip_run / "elements.csv", columns, worth=worth)
    caption = captions(flip_run)[0]
    assert "one element, without 3 that are worth nothing or less, as in the paper." in caption
    assert f"slope {np.polyfit(columns['revenue'][3:], worth[3:], 1)[0]:.4g}" in caption
    change(flip_run / "elements.csv", columns, worth=np.where(np.arange(COUNT) < 2, columns["worth"], 0))
    assert sentences(flip_run)[0].startswith("2 elements are worth more than nothing, expected at least 3")


@pytest.mark.usefixtures("pixels")
def test_numbers_that_are_not_finite_are_said_in_red(flip_run):
    for name, columns, column in (
        ("elements", elements(), "worth"),
        ("entry_probability", entry_probability(), "taken_90"),
        ("transition", transition(), "active_usual"),
    ):
        columns[column][:2] = np.nan, np.inf
        write_columns(flip_run / f"{name}.csv", columns)
    text = page(flip_run)
    for name in FILES:
        assert f'<p class="bad">2 numbers of {name} are not finite; the figure leaves them out.</p>' in text
    assert text.count("data:image/svg+xml") == 3
    columns = elements()
    slope = np.polyfit(columns["revenue"][2:], columns["worth"][2:], 1)[0]
    assert f"slope {slope:.4g}" in captions(flip_run)[0]
    assert "standard deviations wider" not in text
    assert "moves most" not in text


@pytest.mark.usefixtures("pixels")
def test_tables_without_any_finite_number_have_a_page(flip_run):
    for name, columns in (("entry_probability", entry_probability()), ("transition", transition())):
        write_columns(flip_run / f"{name}.csv", {column: np.full(3, np.nan) for column in columns})
    assert page(flip_run).count("data:image/svg+xml") == 3


# --- opportunities and transition ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shift", "says"),
    [
        (0.5, "an element is taken up is 0.50 standard deviations wider than with none on"),
        (-0.5, "an element is taken up is 0.50 standard deviations narrower than with none on"),
        (0.0, "Here they coincide: it makes no difference what else is on."),
    ],
)
def test_the_caption_measures_how_far_apart_the_curves_are(flip_run, shift, says):
    reach = np.linspace(-3, 3, 601)
    curves = [np.clip(0.5 - reach + moved, 0, 1) for moved in (0, shift / 2, shift)]
    names = ("taken_0", "taken_50", "taken_90")
    write_columns(flip_run / "entry_probability.csv", {"impulses": reach} | dict(zip(names, curves, strict=True)))
    assert says in captions(flip_run)[1]


def test_the_caption_says_how_large_the_answer_to_the_shock_is(flip_run):
    columns = transition()
    moved = columns["active_usual"] + np.interp(columns["time"], [0, 4, 20, 30], [0, -0.05, 0.01, 0.00001])
    change(flip_run / "transition.csv", columns, active_shocked=moved)
    expected = "The active share moves most after 4 years, by −5.00 percentage points; at the end 0 are left."
    assert captions(flip_run)[2].endswith(expected)
    change(flip_run / "transition.csv", columns, active_shocked=columns["active_usual"])
    assert captions(flip_run)[2].endswith("The shock does not move the active share.")


# --- losses --------------------------------------------------------------------------------------------------
def test_losses_stand_beside_the_published_ones(flip_run):
    write_csv(flip_run / "losses.csv", LOSSES)
    rows = tables(flip_run)["loss on fresh paths"]
    assert rows == [
        ["average", "1.89e-07", "1.06e-07", "3.46e-07", "1.23e-06"],
        ["st.d.", "3.37e-07", "2.07e-07", "–", "–"],
        ["85th percentile", "3.28e-07", "1.83e-07", "–", "–"],
        ["90th percentile", "4.46e-07", "2.56e-07", "–", "–"],
        ["95th percentile", "7.06e-07", "4.08e-07", "9.00e-07", "–"],
        ["largest", "–", "–", "2.00e-06", "3.00e-06"],
    ]
    text = page(flip_run)
    assert '<th colspan="2" class="named">Huang and Yu (2024), Table 1</th>' in text
    assert "Such losses are no statement of accuracy" in text
    assert "Ours are of a step" not in text
    write_csv(flip_run / "losses.csv", [row | {"step": 0.01} for row in LOSSES])
    assert sentences(flip_run)[0].endswith("Ours are of a step of 0.01 years.")


def test_only_tables_that_begin_with_sentences_fold_their_rows_on_small_screens(flip_run):
    page = write_report(flip_run).read_text(encoding="utf-8")
    headers = re.findall(r'<table( class="sentences")?>\s*<thead>\s*<tr><th class="">(.*?)</th>', page)
    assert (' class="sentences"', "check") in headers
    assert ("", "40 elements that are on or off") in headers
