"""Pages of the site are whole: the reference has every public name, and every page is in a table of contents."""

import re

import hetkeras as hk
from tools.measured.markdown import ROOT

DOCS = ROOT / "docs"


def test_the_reference_has_every_public_name():
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    named = re.findall(r"^\.\. auto\w+:: hetkeras\.(\S+)$", page, re.MULTILINE)
    assert sorted(named) == sorted([*hk.__all__, *(f"models.{name}" for name in hk.models.__all__)])


def test_every_page_is_in_a_table_of_contents():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = "\n".join(re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL)).splitlines()
    pages = [str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.glob("*.md") if path.stem != "index"]
    assert sorted(pages) == sorted(line for line in listed if line and not line.startswith(":"))
