"""What README.md and docs/*.md say is run and compared, so that it stays true."""

import functools
import inspect
import re
import runpy
import shlex
import sys

import pytest

import hetkeras as hk
from hetkeras.command_line import estimate, export, models, sweep
from hetkeras.command_line.main import COMMANDS
from hetkeras.command_line.table import TABLES
from hetkeras.files import write_text
from hetkeras.method import Method, method_of_class
from hetkeras.model_file import read_class
from tests import forked
from tools import update_docs
from tools.contract_members import asked, derived
from tools.measured.markdown import ROOT

PAGES = {str(path.relative_to(ROOT)): path for path in update_docs.PAGES}
README = PAGES["README.md"].read_text()
OWN = {"my_model.py:Skills": "docs/examples/skills.py:Skills"}  # a reader's file, as the pages call it
OTHER_FLAGS = "onnx", "only", "trust", "json", "out_dir", "seeds", "jobs", "reference"  # of all commands but solve
every_page = pytest.mark.parametrize("page", PAGES)


def text(page):
    return PAGES[page].read_text(encoding="utf-8")


@pytest.fixture
def printed(monkeypatch, capsys, tmp_path):
    """Runs an example as a script, in this process; returns what it prints."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        monkeypatch.chdir(tmp_path)  # where it may write
        runpy.run_path(str(ROOT / "docs/examples" / name), run_name="__main__")
        return capsys.readouterr().out

    return run


@every_page
def test_what_is_repeated_is_as_in_its_source(page):
    assert update_docs.updated(text(page)) == text(page), "run `python -m tools.update_docs`"


def test_every_block_is_on_a_page():
    marked = [name for path in update_docs.PAGES for name in update_docs.marks(path)]
    assert set(marked) == set(update_docs.BLOCKS)
    assert marked.count("measured:solve") == 2  # at the end of `make solve`, and where checks are explained
    assert len(marked) == len(set(marked)) + 1


def test_a_block_between_markers_is_made_anew():
    page = "before\n<!-- measured:long_run:begin -->\n12 s\n<!-- measured:long_run:end -->\nafter 12 s\n"
    written = update_docs.updated(page)
    assert "take 289 s on two cores" in written
    assert written.startswith("before\n<!-- measured:long_run:begin -->\n")
    assert written.endswith("\n<!-- measured:long_run:end -->\nafter 12 s\n")


def test_an_unknown_block_is_refused():
    with pytest.raises(KeyError, match="measured:luck"):
        update_docs.updated("<!-- measured:luck:begin -->\n<!-- measured:luck:end -->")


def test_pages_are_written(monkeypatch, tmp_path):
    page = tmp_path / "page.md"
    write_text(page, "<!-- measured:shipped:begin -->\n<!-- measured:shipped:end -->\n")
    monkeypatch.setattr(update_docs, "PAGES", (page,))
    update_docs.main([])
    assert "`investment_linear_n128`" in page.read_text()


def test_a_contract_asks_for_its_abstract_members():
    named = re.findall(r"^\| `(\w+)", asked(hk.SymmetricEconomy), re.MULTILINE)
    assert named == ["num_agents", "discount_factor", "payoff", "transition"]
    assert "| `transition(state, action, shocks)` | Returns next period's state" in asked(hk.SymmetricEconomy)
    beside = re.findall(r"^\| `(\w+)", asked(hk.SwitchingJumpDiffusion, hk.JumpDiffusion), re.MULTILINE)
    assert set(beside) == hk.SwitchingJumpDiffusion.__abstractmethods__ - hk.JumpDiffusion.__abstractmethods__


def test_derived_members_are_not_asked_for():
    named = re.findall(r"^\| `(\w+)", derived(hk.PriceTakingFirms), re.MULTILINE)
    assert {"expected_friction_loss", "frictionless_steady_state", "marginal_payoff"} <= set(named)
    assert not hk.PriceTakingFirms.__abstractmethods__ & set(named)


def test_the_ten_lines_of_plain_tensorflow_run():
    code = re.search(r"<!-- ten lines -->\n```python\n(.*?)```", README, re.DOTALL).group(1)
    code += "\nimport sys\nassert 'hetkeras' not in sys.modules"
    done = forked.run(["-c", code], ROOT)
    assert done.returncode == 0, done.stderr
    assert 0.6 < float(done.stdout.split()[0]) < 0.9


def test_the_calibration_on_the_page_checks_itself(tmp_path):
    code, *_ = re.findall(r"```python\n(.*?)```", text("docs/own_model.md"), re.DOTALL)
    write_text(tmp_path / "page.py", code)
    calibrated = read_class(f"{tmp_path}/page.py:Calibrated")
    assert calibrated().as_dict()["weights"] == [[1.0, 0.5], [0.5, 1.0]]
    assert calibrated.parse(["discount_factor=0.9"]) == {"discount_factor": 0.9}
    with pytest.raises(hk.CalibrationError, match="strictly between 0 and 1"):
        calibrated(discount_factor=1.0)
    with pytest.raises(hk.CalibrationError, match="num_agents is 1; expected more"):
        calibrated(num_agents=1)


def test_the_model_of_the_readme_is_sound(tmp_path):
    write_text(
        tmp_path / "my_model.py", re.search(r"<!-- own model -->\n```python\n(.*?)```", README, re.DOTALL).group(1)
    )
    model = read_class(f"{tmp_path}/my_model.py:Skills")()
    assert not list(method_of_class(type(model)).check(model))
    skills, training = model.steady_state()  # 20 training (1/beta - .92) = .5 / sqrt(skills), training = .08 skills
    assert training == pytest.approx(0.08 * skills, rel=1e-6)
    assert 20 * training * (1 / 0.95 - 0.92) == pytest.approx(0.5 * skills**-0.5, rel=1e-6)


def test_contracts_without_a_check_are_said_to_have_none():
    part = text("docs/own_model.md").partition("## Check before a solve")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", part, re.MULTILINE))
    contracts = [getattr(hk, name) for name in rows]
    assert {method_of_class(contract).contract for contract in contracts} == set(contracts)
    for contract, finds in zip(contracts, rows.values(), strict=True):
        checks = type(method_of_class(contract)).check is not Method.check
        assert checks != finds.startswith("nothing yet"), contract.__name__


def test_exporters_downstream_are_as_the_export_says(printed):
    table = printed("export_entry_downstream.py", ROOT / "exported_models/export_entry_j10")
    simulated, recorded = map(float, re.search(r"active destinations +(\S+) +(\S+)", table).groups())
    assert abs(simulated - recorded) < 0.01


def test_networks_downstream_are_as_the_export_says(printed):
    table = printed("production_network_downstream.py", ROOT / "exported_models/production_network_n5")
    simulated, recorded = map(float, re.search(r"links that are there +(\S+) +(\S+)", table).groups())
    assert abs(simulated - recorded) < 0.02
    assert table.count("its links are worth") == 5


@every_page
def test_links_lead_somewhere(page):
    prose = re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)]+)\)", prose):
        if link.startswith("https://"):
            continue
        file, _, heading = link.partition("#")
        target = PAGES[page].parent / file if file else PAGES[page]
        assert target.exists(), link
        assert not heading or heading in headings(target), link


def headings(path):
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]


@every_page
def test_files_that_it_names_exist(page):
    named = re.findall(r"(?<![\w/.])((?:hetkeras|docs|tools|exported_models)/[\w/.]+)", text(page))
    assert all((ROOT / name.rstrip(".")).exists() for name in named), named


@every_page
def test_modules_and_names_that_it_names_exist(page):
    for name in set(re.findall(r"`(hetkeras(?:\.\w+)+)", text(page))) - {"hetkeras.json"}:
        assert (
            (ROOT / name.replace(".", "/")).is_dir()
            or (ROOT / f"{name.replace('.', '/')}.py").exists()
            or (hasattr(hk, name.partition(".")[2]))
        ), name
    for names in set(re.findall(r"\bhk((?:\.[A-Za-z_]+)+)", text(page))):
        assert functools.reduce(getattr, names.strip(".").split("."), hk) is not None


@every_page
def test_make_targets_and_programs_that_it_names_exist(page):
    for module in set(re.findall(r"python -m ([a-z_.]+)", text(page))):
        assert (ROOT / (module.replace(".", "/") + ".py")).exists(), module
    targets = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"(?:`|^)make ([a-z]+)", text(page), re.MULTILINE)):
        assert f"\n{target}:" in targets, target


def commands(page):
    """Words of every command `hetkeras` in a console block or between backticks."""
    lines = text(page).replace("\\\n", " ")
    blocks = "".join(re.findall(r"```console\n(.*?)```", lines, re.DOTALL))
    found = re.findall(r"^(?:\.venv/bin/)?hetkeras (.+)$", blocks, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in [*found, *re.findall(r"`hetkeras ([a-z]+ [^`]+)`", lines)]]


def test_commands_are_found_on_pages():
    assert ["solve", "bloom", "--run_dir=runs/shock", "--economies=200"] in commands("docs/commands.md")
    assert len(commands("docs/commands.md")) > 25
    assert len(commands("README.md")) == 3


@every_page
def test_commands_that_it_names_exist(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    for name, *rest in commands(page):
        words = [word for word in rest if not word.startswith("--")]
        given = [word.removeprefix("--").partition("=")[::2] for word in rest if word.startswith("--")]
        unknown = {flag for flag, _ in given} - {"help", *flags_of(name, *words, given=given)}
        assert not unknown, (name, *rest)


def flags_of(command, word="", *_, given):
    """Names of the flags that a command knows; what it names must exist, fields of the calibration too."""
    assert command in COMMANDS
    if command == "table":
        assert word == "TABLE" or (TABLES / f"{word}.json").exists() or not word, word
    if command in ("estimate", "export", "sweep"):
        return {"estimate": estimate, "export": export, "sweep": sweep}[command].NAMES
    if command != "solve":
        return OTHER_FLAGS
    if word == "MODEL":
        return ()
    target = models.find(OWN.get(word, word))
    target.model.parse([value for flag, value in given if flag == "set"])
    method = method_of_class(target.model)
    own = inspect.getsource(sys.modules[target.define.__module__]) if target.define is not tuple else ""
    return "run_dir", "set", *method.options.fields(), *re.findall(r"DEFINE_\w+\(\s*\"(\w+)\"", own)
