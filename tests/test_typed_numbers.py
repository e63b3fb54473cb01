"""No result is typed by hand: what pages and docstrings say of sizes and times is written anew by a program.

Definitions, limits that the code holds, and what others published are no results; they are listed here.
"""

import ast
import re

import pytest

from tools import update_docs
from tools.measured.markdown import ROOT

UNITS = r"%|per cent|ms|s|seconds?|minutes?|hours?|days?|[kKMG]i?B"
RESULT = re.compile(rf"(?<![\w^.])[\d.,]*\d(?: ?(?:{UNITS})|e-\d+)(?!\w)")
WRITTEN = re.compile(
    r"<!-- (\w+:\w+):begin -->.*?<!-- \1:end -->|```.*?```|\$\$.*?\$\$|`[^`\n]*`|\$[^$\n]*\$", re.DOTALL
)
NO_RESULTS = {
    "95 %": "the level of intervals",
    "5 %": "the level of tests",
    "99 %": "a quantile",
    "1 %": "what counts as inaction; Cooper and Haltiwanger",
    "20 %": "what counts as a spike",
    "8.1 %": "published by Cooper and Haltiwanger",
    "1.8 %": "published by Cooper and Haltiwanger",
    "95 per cent": "the level of bands",
    "10 %": "steps that the penalty of dynamics takes",
    "3.5 %": "a published Den Haan error",
    "0.091 %": "an example of how a share is written",
    "1e-4": "a limit of `signature_gap`",
    "1e-5": "a limit of `hetkeras export`",
    "1e-6": "by which `hetkeras export` moves inputs to find ties",
    "1e-8": "where a steady state is looked for; of quadrature, held by its test",
    "3e-4": "of discounted times, held by their test",
    "4.1e-06": "an example of how a number is written",
    "1 GiB": "a limit of the compile cache and of `hetkeras.load`",
}


def results(page):
    """What a page says of sizes and times in its prose."""
    return [found.strip() for found in RESULT.findall(WRITTEN.sub("", page))]


@pytest.mark.parametrize("path", update_docs.PAGES, ids=lambda path: path.stem)
def test_results_stand_in_blocks_that_are_written_anew(path):
    typed = [each for each in results(path.read_text(encoding="utf-8")) if each not in NO_RESULTS]
    assert not typed, f"measure it in a block of update_docs, say it in words, or say why it is no result: {typed}"


def test_docstrings_tell_no_results():
    typed = []
    for path in sorted((ROOT / "hetkeras").rglob("*.py")):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
        nodes = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kinds))
        texts = filter(None, map(ast.get_docstring, nodes))
        typed += [(path.name, each) for text in texts for each in results(text) if each not in NO_RESULTS]
    assert not typed, f"say it in words, or say why it is no result: {typed}"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("errors of .4 % at most", [".4 %"]),
        ("it takes 12 minutes, or 3.5 s", ["12 minutes", "3.5 s"]),
        ("2 GB and 1,200 ms", ["2 GB", "1,200 ms"]),
        ("off by 1.3e-5, `1e-7` apart", ["1.3e-5"]),
        ("`--share=5 %` with $x = 3 s$, eq. 12, 5 sectors, k^2 s", []),
        ("<!-- measured:long_run:begin -->\n12 s\n<!-- measured:long_run:end -->\n", []),
        ("```console\nsleep 3 s\n```", []),
    ],
)
def test_a_typed_result_is_found(page, found):
    assert results(page) == found
