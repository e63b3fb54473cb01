"""Pages of the site are whole, and the cells of a notebook run without Jupyter; `make docs` runs all of them."""

import importlib.util
import re

import matplotlib
import pytest
from matplotlib import pyplot

import hetkeras as hk
from tools.measured.markdown import ROOT

DOCS = ROOT / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.md"))


def pages():
    return [*DOCS.glob("*.md"), *NOTEBOOKS]


def cells(path):
    """The code of a notebook, cell by cell."""
    return re.findall(r"```\{code-cell\} ipython3\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def test_the_reference_has_every_public_name():
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. auto\w+:: hetkeras\.(\S+)$", page, re.MULTILINE)
    assert sorted(named) == sorted([*hk.__all__, *(f"models.{name}" for name in hk.models.__all__)])


def test_every_page_is_in_a_table_of_contents():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = "\n".join(re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL)).splitlines()
    found = [str(path.relative_to(DOCS).with_suffix("")) for path in pages() if path.stem != "index"]
    assert sorted(found) == sorted(line for line in listed if line and not line.startswith(":"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_ends_in_its_oracle(path):
    *others, last = cells(path)
    for cell in (*others, last):
        compile(cell, path.name, "exec")
    assert re.search(r"^ *assert ", last, re.MULTILINE)
    assert last.strip().splitlines()[-1].startswith('print("PASS: ')
    prose = re.sub(r"```.*?```|^---$.*?^---$|\$+.*?\$+", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    typed = re.findall(r"\b(?!\d{4}\b)\d[\d.,]*", prose)  # years aside
    assert not typed, "numbers are printed by cells"


def test_the_cells_of_a_notebook_run_without_jupyter(monkeypatch, capsys):
    monkeypatch.chdir(DOCS / "notebooks")
    matplotlib.use("agg")
    monkeypatch.setattr(pyplot, "show", lambda: pyplot.close("all"))
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *to: None if name == "tf2onnx" else find(name, *to))
    names = {}
    for cell in cells(DOCS / "notebooks/plain_tensorflow.md"):
        exec(cell, names)
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1].startswith("PASS: ")
    assert "left out, for tf2onnx is not installed" in printed  # that half takes long; `make docs` runs it


def test_citation_and_changes_are_of_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (\S+)$", citation, re.MULTILINE) == [hk.__version__]
    newest = re.search(r"^## (\S+?),", (DOCS / "changelog.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest.group(1) == hk.__version__
