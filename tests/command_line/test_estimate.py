"""`hetkeras estimate`: from files to a table, LaTeX and a page; each wrong word is refused in one line."""

import io
import json
import re
import sys

import pytest

from hetkeras.command_line import main as program
from tests.apps.many_runs import ROOT, new_flags
from tests.estimation.linear_model import BOUNDS, COVARIANCE, NAMES, data

MODEL = """
import sys
sys.path.insert(0, {root!r})
from tests.estimation.linear_model import simulate
number = 3
"""


@pytest.fixture
def files(tmp_path):
    """A function, moments and their covariance; the words that name them."""
    (tmp_path / "economy.py").write_text(MODEL.format(root=str(ROOT)))
    rows = "".join(f"{name},{value!r}\n" for name, value in data(0).items())
    (tmp_path / "moments.csv").write_text(f"moment,value\n{rows}")
    lines = [",".join([name, *map(str, row)]) for name, row in zip(NAMES, COVARIANCE, strict=True)]
    (tmp_path / "covariance.csv").write_text("\n".join([",".join(["moment", *NAMES]), *lines]) + "\n")
    bounds = [f"--bounds={name}={low}:{high}" for name, (low, high) in BOUNDS.items()]
    given = {
        "moments": tmp_path / "moments.csv",
        "covariance": tmp_path / "covariance.csv",
        "out_dir": tmp_path / "out",
    }
    return [f"{tmp_path}/economy.py:simulate", *bounds, *(f"--{name}={path}" for name, path in given.items())]


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command in this process; its exit status and what it prints."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["hetkeras", "estimate", *words])
        with new_flags(), pytest.raises(SystemExit) as ended:
            program.main()
        return ended.value.code, capsys.readouterr().out

    return run


def test_it_prints_and_leaves_tables_and_a_page(run, files, tmp_path, monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    code, printed = run(*files, "--starts=3", "--profile_points=3")
    out = tmp_path / "out"
    assert code == 0
    assert "converged: True" in printed
    assert re.search(r"^searches, profiles and tests +[\d.]+ s$", told.getvalue(), re.MULTILINE)
    told = json.loads((out / "estimate.json").read_text())
    assert (told["weights"], told["simulations"], told["j_degrees"], told["starts"]) == ("optimal", 10, 2, 3)
    assert told["function"].endswith("economy.py:simulate")
    assert r"\toprule" in (out / "estimate.tex").read_text()
    tables = {path.stem for path in out.glob("*.csv")}
    assert tables == {"parameters", "fit", "sensitivity", "identification", "starts", "profiles", "checks"}
    page = (out / "report.html").read_text()
    assert page.count("data:image/svg+xml") == 3
    assert "Converged: starts agree" in page
    assert all(name in page for name in (*NAMES, *BOUNDS))


def test_an_estimate_at_a_bound_ends_with_its_own_status_and_says_so_on_the_page(run, files, tmp_path):
    words = [word.replace("alpha=-1.0:", "alpha=0.6:") for word in files]
    code, _ = run(*words, "--starts=2", "--profile_points=0", "--start=alpha=1", "--start=beta=0", "--weights=identity")
    page = (tmp_path / "out" / "report.html").read_text()
    assert code == 3
    assert "at its lower bound" in page
    assert "Not converged: at_bounds is 1" in page
    assert "no profiles were asked for" in page
    assert run(*words, "--starts=2", "--profile_points=0", "--allow_unconverged")[0] == 0


def test_where_all_parameters_lie_at_bounds_there_are_no_directions(run, files, tmp_path):
    words = [word.replace("alpha=-1.0:", "alpha=0.6:").replace("beta=-1.5:", "beta=0:") for word in files]
    code, printed = run(*words, "--starts=2", "--profile_points=0")
    assert code == 3
    assert "weakest" not in printed
    assert printed.count("at its lower bound") == 2
    assert "no direction is free" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--bounds=gamma"], "--bounds=gamma has no name and value; expected --bounds=NAME=..."),
        (["--bounds=gamma=1"], "--bounds has '1'; expected LOW:HIGH"),
        (["--bounds=gamma=a:1"], "--bounds has 'a'; expected a number"),
        (["--bounds=alpha=0:1"], "--bounds names alpha 2 times; expected once"),
        (["--start=alpha=low"], "--start=alpha has 'low'; expected a number"),
        (["--weights=best"], "weights is 'best'; expected optimal, diagonal, identity"),
        (["--starts=0"], "starts"),
    ],
)
def test_a_wrong_word_is_told_in_one_line(run, files, words, message):
    code, _ = run(*files, *words)
    assert message in code
    assert len(code.splitlines()) == 1


def test_what_is_missing_is_told(run, files, tmp_path):
    for name in ("moments", "covariance", "bounds"):
        assert f"--{name} is missing" in run(*(word for word in files if not word.startswith(f"--{name}")))[0]
    assert "got 0 functions; expected one" in run()[0]
    function, *rest = files
    assert (
        "names no function; expected one, as in economy.py:simulate"
        in run(function.removesuffix(":simulate"), *rest)[0]
    )
    for wanted in ("number", "simulated"):
        assert f"economy.py has no function '{wanted}'" in run(function.replace(":simulate", f":{wanted}"), *rest)[0]


def test_what_cannot_be_written_is_told(run, files, tmp_path):
    (tmp_path / "out").write_text("")
    assert f"writing failed: {tmp_path / 'out'}" in run(*files)[0]
    (tmp_path / "out").unlink()
    (tmp_path / "out" / "estimate.json").mkdir(parents=True)
    assert f"writing failed: {tmp_path / 'out'}" in run(*files, "--starts=2", "--profile_points=0")[0]


def test_help_teaches(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hetkeras", "estimate", "--help"])
    with new_flags():
        program.main()
    told = capsys.readouterr().out
    assert "hetkeras estimate FILE.py:FUNCTION --moments=FILE" in told
    assert "--profile_points=..." in told
