"""What the README says is run and compared, so that it stays true."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tools.update_readme import updated

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.fixture
def printed(monkeypatch, capsys, tmp_path):
    """Runs an example as a script, in this process; returns what it prints."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        monkeypatch.chdir(tmp_path)  # where it may write
        runpy.run_path(str(ROOT / "docs/examples" / name), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_numbers_are_those_of_the_files():
    assert updated(README) == README, "run `python -m tools.update_readme`"


def test_the_ten_lines_of_plain_tensorflow_run():
    code = re.search(r"<!-- ten lines -->\n```python\n(.*?)```", README, re.DOTALL).group(1)
    code += "\nimport sys\nassert 'hetkeras' not in sys.modules"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert 0.6 < float(done.stdout.split()[0]) < 0.9


def test_exporters_downstream_are_as_the_export_says(printed):
    table = printed("export_entry_downstream.py", ROOT / "exported_models/export_entry_j10")
    simulated, recorded = map(float, re.search(r"active destinations +(\S+) +(\S+)", table).groups())
    assert abs(simulated - recorded) < 0.01


def test_networks_downstream_are_as_the_export_says(printed):
    table = printed("production_network_downstream.py", ROOT / "exported_models/production_network_n5")
    simulated, recorded = map(float, re.search(r"links that are there +(\S+) +(\S+)", table).groups())
    assert abs(simulated - recorded) < 0.02
    assert table.count("its links are worth") == 5


def test_commands_that_it_names_exist():
    for module in set(re.findall(r"python -m ([a-z_.]+)", README)):
        assert (ROOT / (module.replace(".", "/") + ".py")).exists(), module
    targets = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`?make ([a-z]+)", README)):
        assert f"\n{target}:" in targets, target
    assert all((ROOT / link).exists() for link in re.findall(r"\]\(([^:)]+)\)", README))
