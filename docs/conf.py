"""Sphinx configuration: pages in MyST Markdown, notebooks that run, reference pages from docstrings.

`make docs` builds the site. A warning, a broken link or a cell that fails ends the build.
"""

import os
import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))  # of notebooks

project = "hetkeras"
author = "the authors of hetkeras"
copyright = author
html_theme = "furo"
html_title = "hetkeras"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
smartquotes = False  # x' is next period's x
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples"]

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3  # README.md and the pages link to headings as GitHub names them
nb_execution_mode = "cache"
nb_execution_cache_path = str(ROOT / "docs/_build/notebooks")
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 3600  # seconds a cell; a notebook takes three minutes at most, more where much else runs
nb_output_stderr = "remove"  # progress bars, and what TensorFlow says at its start

linkcheck_ignore = ["https?://"]  # pages of others: there may be no network; links within these pages are followed

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"


def as_literals(text: str) -> str:
    """A docstring's code in backticks as reStructuredText has it; what else would be markup there stays as it reads."""
    parts = re.split(r"`([^`]+)`", text)
    plain, code = (re.sub(r"([*|]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]), parts[1::2]
    return "".join(words + (f"``{name}``" if name else "") for words, name in zip(plain, [*code, ""], strict=True))


def plain_docstring(app: Sphinx, what: str, name: str, found: object, options: object, lines: list[str]) -> None:
    """Rewrites the lines of a docstring in place; a paragraph that stands further to the right is a formula."""
    del app, what, name, found, options
    paragraphs = "\n".join(lines).split("\n\n")
    written = [f"::\n\n{text}" if text.startswith("    ") else as_literals(text) for text in paragraphs]
    lines[:] = "\n\n".join(written).split("\n")


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", plain_docstring, priority=100)  # before napoleon
