"""Tables are checked before their first solve runs."""

import json

import pytest

from hetkeras.command_line.jobs import read_jobs
from hetkeras.errors import RunDirectoryError
from hetkeras.sweeps.case import Case

CASE = {
    "table": "t",
    "group": "g",
    "description": "d",
    "flags": {"width": 8, "set": ["num_firms=8"], "reference": False},
}
TABLE = {"model": "investment", "cases": [CASE]}


@pytest.fixture
def read(tmp_path):
    def jobs(text, only=""):
        path = tmp_path / "table.json"
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        return read_jobs(path, tmp_path / "out", 2, only)

    return jobs


def test_each_case_runs_with_each_seed_but_where_it_asks_for_fewer(read):
    jobs = read({**TABLE, "cases": [CASE, {**CASE, "description": "e", "seeds": 1}]})
    assert [(job.case["description"], job.seed) for job in jobs] == [("d", 0), ("e", 0), ("d", 1)]
    options = {"width": 8, "reference": False, "solver": {}}
    assert jobs[0].to_solve() == Case("t g d", "investment", {"num_firms": "8"}, options, 0)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("{", "cannot be used: Expecting"),
        ("[" * 100_000, "cannot be used: maximum recursion"),
        ([], "is no object with a list of 'cases'"),
        ({"model": "investment", "cases": {}}, "is no object with a list of 'cases'"),
        ({"model": "investment", "cases": []}, "is no object with a list of 'cases'"),
        ({"cases": [CASE]}, "its 'model' is None, and no model"),
        ({**TABLE, "model": "investmnt"}, "its 'model' is 'investmnt', and no model"),
        ({**TABLE, "cases": [1]}, "case 1: 1 is no object with 'flags'"),
        ({**TABLE, "cases": [{**CASE, "flags": ["width=8"]}]}, "is no object with 'flags'"),
        ({**TABLE, "cases": [CASE, {**CASE, "group": 3}]}, "case 2: 'group' is 3, and no text"),
        ({**TABLE, "cases": [{**CASE, "seeds": "2"}]}, "case 1: 'seeds' is '2', and no number of seeds"),
        ({**TABLE, "cases": [{**CASE, "seeds": 0}]}, "case 1: 'seeds' is 0, and no number of seeds"),
        ({**TABLE, "cases": [{**CASE, "flags": {"--width": 8}}]}, "'--width' is no flag that a table sets"),
        ({**TABLE, "cases": [{**CASE, "flags": {"seed": 8}}]}, "'seed' is no flag that a table sets"),
        ({**TABLE, "cases": [{**CASE, "flags": {"width": {}}}]}, "the flag 'width' is {}; expected a text"),
        ({**TABLE, "cases": [{**CASE, "flags": {"set": "width"}}]}, "the flag 'set' is 'width'; expected field=value"),
        ({**TABLE, "cases": [{**CASE, "flags": {"solver": ["a=1", "a=2"]}}]}, "or a list of them with each field once"),
        ({**TABLE, "cases": [{**CASE, "flags": {"width": None}}]}, "the flag 'width' is None; expected a text"),
        ({**TABLE, "cases": [CASE, CASE]}, "case 2: another one has the same table, group and description"),
    ],
)
def test_a_malformed_table_is_refused_in_one_line(read, table, told):
    with pytest.raises(RunDirectoryError) as caught:
        read(table)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("only", "told"), [("(", "is no regular expression"), ("none", "picks none of the 1 cases")])
def test_what_picks_no_case_is_refused(read, only, told):
    with pytest.raises(RunDirectoryError, match=told):
        read(TABLE, only)
