"""Pages of models that are somebody's own: their names and units, and not a word of a paper that they are not from."""

import json
import re

import pytest

from hetkeras.report.page import write_report
from hetkeras.report.parts import content
from tests.report.branch_files import write_branch_run
from tests.report.conftest import write_run
from tests.report.csv_files import write_csv
from tests.report.firm_files import write_firm_run
from tests.report.flip_files import LOSSES, write_flip_run
from tests.report.network_files import write_network_run

PAPERS = ("Huang", "Yu", "Yokomoto", "Kahou", "Khan", "Terry", "Bloom", "[Tt]he paper", "[Pp]ublished", "Tables? ")
PLACES = ("Figures? [0-9]", "[Dd]estination", "[Ss]ector", "[Qq]uarter", "[Ee]xport", "[Yy]ear")
FOREIGN = re.compile("|".join((*PAPERS, *PLACES)))


def rates(names, axes, outputs):
    """Signatures of a policy."""
    return {"policy": {"inputs": dict(zip(names, axes, strict=True)), "outputs": outputs, "dtype": "float32"}}


FIRM_UNITS = {"capital": "machines", "mean_capital": "machines per shop", "price": "cowries"}
FIRM_UNITS |= {"target_capital": "machines", "value": "cowries of value"}
BRANCH_UNITS = FIRM_UNITS | {"capital_next": "machines", "labor": "heads", "lagged_labor": "heads before"}
AGENTS = rates(("skills", "industry_skills"), (["B"], ["B", "N"]), {"training": ["B"]})
SHOPS = rates(("opened", "rent"), (["B", "J"], ["B", "J"]), {"value": ["B"], "open_gain": ["B", "J"]})
TIES = rates(("ties", "skill", "guild"), (["B", "J"], ["B", "D"], ["B"]), {"value": ["B"], "tie_gain": ["B", "S"]})
RUNS = {
    "Investment": (
        write_run,
        {
            "units": {"skills": "hours of a novice", "training": "lessons"},
            "bounds": {"skills": [1, 2]},
            "signatures": AGENTS,
        },
        ("training (lessons)", "mean skills (hours of a novice)"),
        (),
    ),
    "KhanThomas": (
        write_firm_run,
        {"units": FIRM_UNITS},
        ("target capital (machines)", "price (cowries)", "value (cowries of value)", "(machines per shop)"),
        ("The price is 1/consumption",),
    ),
    "Bloom": (
        write_branch_run,
        {"units": BRANCH_UNITS},
        ("investment (machines)", "hiring (heads)", "lagged labor (heads before)", "mean capital", "price (cowries)"),
        ("published", "Table 7", "Figure 7", "quarters", "Figures 11 to 13"),
    ),
    "ExportEntry": (
        write_flip_run,
        {"units": {"value": "crowns"}, "bounds": {"rent": [0, 1]}, "signatures": SHOPS},
        ("40 binary states (opened)", "in crowns", "entry cost"),
        ("Huang and Yu (2024), Table 1", "Figure 1 of Huang and Yu (2024)", "years after the shock"),
    ),
    "ProductionNetwork": (
        write_network_run,
        {"units": {"value": "crowns"}, "signatures": TIES},
        ("guild that sells", "guild that buys"),
        ("Huang and Yu (2024), Table 2", "Figure 2 of Huang and Yu (2024)", "sector that sells", "The paper looks"),
    ),
}


@pytest.fixture
def shown(monkeypatch):
    """Draws a page and returns all of its text, that of its figures included; long labels on one line."""

    def draw(directory):
        labels = []

        def collect(figure):
            labels.extend(part.get_text().replace("\n", " ") for part in figure.findobj(lambda artist: _says(artist)))
            return b""

        monkeypatch.setattr(content, "to_svg", collect)
        text = write_report(directory).read_text(encoding="utf-8")
        text = re.sub(
            "<h2>Files of numbers.*?</section>", "", text, flags=re.DOTALL
        )  # names of columns are what they are
        return "\n".join([re.sub("<style>.*</style>", "", text, flags=re.DOTALL), *labels])

    return draw


def _says(artist):
    return hasattr(artist, "get_text")


def start(tmp_path, model):
    """The run of one of our models, with losses where its method measures them."""
    directory = RUNS[model][0](tmp_path / "run")
    if model in ("ExportEntry", "ProductionNetwork"):
        write_csv(directory / "losses.csv", [{**row, "step": 0.01, "states": 512} for row in LOSSES])
    return directory


def adopt(directory, metadata, name="Own"):
    """Makes the model of a run somebody's own."""
    asset = directory / "saved_model" / "assets" / "hetkeras.json"
    asset.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(asset.read_text()) if asset.exists() else {}
    asset.write_text(json.dumps(known | metadata | {"model": name, "model_class": f"my_model.py:{name}"}))
    path = directory / "run.json"
    run = json.loads(path.read_text()) | {"model": name, "model_file": "my_model.py", "calibration": {"rate": 0.05}}
    path.write_text(json.dumps({key: value for key, value in run.items() if key != "preset"}))
    numbers = json.loads((directory / "diagnostics.json").read_text())
    numbers.pop("fallen_sector", None)  # its name says what it is
    (directory / "diagnostics.json").write_text(json.dumps(numbers))


def foreign(text):
    """What speaks of papers, with what stands around it."""
    return [text[max(found.start() - 60, 0) : found.end() + 60] for found in FOREIGN.finditer(text)]


@pytest.mark.parametrize("model", RUNS)
@pytest.mark.parametrize("same_name", [False, True])
def test_own_models_are_shown_in_their_own_words(tmp_path, shown, model, same_name):
    directory, (_, metadata, own, _) = start(tmp_path, model), RUNS[model]
    adopt(directory, metadata, model if same_name else "Own")
    text = shown(directory)
    said = foreign(text.replace(model, ""))
    assert said == []
    assert [name for name in own if name not in text] == []
    assert "base64" in text


@pytest.mark.parametrize("model", RUNS)
def test_pages_of_our_models_speak_of_their_papers(tmp_path, shown, model):
    text = shown(start(tmp_path, model))
    assert [name for name in RUNS[model][3] if name not in text] == []


def test_facts_of_own_elements_are_drawn_under_their_own_names(tmp_path, shown):
    directory = start(tmp_path, "ExportEntry")
    adopt(directory, RUNS["ExportEntry"][1] | {"units": {"value": "crowns", "foot_fall": "guests a day"}})
    path = directory / "elements.csv"
    path.write_text(path.read_text().replace("revenue", "foot_fall"))
    text = shown(directory)
    assert "Worth against foot fall: slope" in text
    assert "foot fall (guests a day)" in text
    assert "worth (crowns)" in text


def test_losses_are_shown_where_nothing_else_is_measured(tmp_path, shown):
    directory = start(tmp_path, "ProductionNetwork")
    for name in ("links", "productivity_fall", "growth", "snapshots", "snapshot_sectors"):
        (directory / f"{name}.csv").unlink()
    adopt(directory, RUNS["ProductionNetwork"][1])
    text = shown(directory)
    assert '<td class=" number">3.46e-07</td>' in text
    assert "Taken with a step of time of 0.01 from each of 512 states." in text
    assert foreign(text) == []


@pytest.mark.parametrize("model", RUNS)
def test_own_models_without_any_figure_are_told_so(tmp_path, shown, model):
    directory = start(tmp_path, model)
    adopt(directory, RUNS[model][1])
    for table in directory.glob("*.csv"):
        table.unlink()
    text = shown(directory)
    assert "there are no figures" in text
    assert foreign(text) == []


def test_deviations_of_own_firms_with_branches_are_in_own_units(tmp_path, shown):
    directory = start(tmp_path, "Bloom")
    adopt(directory, RUNS["Bloom"][1])
    path = directory / "diagnostics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"classified": 0.9971, "hiring_off_q95": 0.0421}))
    text = shown(directory)
    assert '<td class="">in the right branch (%)</td><td class=" number">99.71</td>' in text
    assert "Hiring, absolute deviation (heads)" in text
    assert "Investment, absolute deviation (machines)" in text
    assert '<td class=" number">0.042</td>' in text
    assert foreign(text) == []


def test_names_of_own_elements_are_no_numbers(tmp_path, shown):
    directory = start(tmp_path, "ExportEntry")
    adopt(directory, RUNS["ExportEntry"][1])
    rows = [
        {"element": j, "town": f"town {j}", "size": 2.0, "worth": 1.0 + j, "active": 0.5, "accepted": 0.6}
        for j in range(4)
    ]
    write_csv(directory / "elements.csv", rows)
    text = shown(directory)
    assert '<td class="">size</td><td class=" number">2</td>' in text
    assert "town" not in text
    assert "Nothing that the model tells of its binary states varies: their worth is not drawn." in text


def test_worth_of_own_elements_leaves_out_what_is_not_finite(tmp_path, shown):
    directory = start(tmp_path, "ExportEntry")
    adopt(directory, RUNS["ExportEntry"][1])
    rows = [
        {"element": j, "size": float(j), "worth": 3.0 * j if j != 2 else "nan", "active": 0.5, "accepted": 0.6}
        for j in range(5)
    ]
    write_csv(directory / "elements.csv", rows)
    text = shown(directory)
    assert "1 numbers of elements.csv are not finite" in text
    assert "Worth against size: slope 3, R² 1.000." in text


def test_links_of_a_model_that_names_no_turns_go_between_nodes(tmp_path, shown):
    directory = start(tmp_path, "ProductionNetwork")
    adopt(directory, {})
    text = shown(directory)
    assert "node that sells" in text
    assert "dots are nodes" in text
    assert foreign(text) == []
