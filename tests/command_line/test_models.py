"""Which model a word on the command line stands for, and what is said of words that stand for none."""

import pytest
from absl import flags

from hetkeras.command_line import evaluate, solve, table
from hetkeras.command_line import main as program
from hetkeras.command_line.models import find
from hetkeras.errors import CalibrationError, HetkerasError, ModelFileError
from hetkeras.named_models import BUILDERS, SHIPPED
from tests.apps.many_runs import new_flags


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - set(BUILDERS)))
def test_shipped_models_by_name(name):
    target = find(name)
    assert target.name == name
    assert type(target.build("quick", [])) is target.model
    assert list(target.define()) == []


def test_assignments_reach_the_calibration():
    assert find("khan_thomas").build("quick", ["depreciation=0.1"]).depreciation == 0.1
    with pytest.raises(CalibrationError, match="did you mean 'depreciation'"):
        find("khan_thomas").build("quick", ["depretiation=0.1"])


def test_a_class_of_a_package_by_its_name():
    target = find("hetkeras.models.investment:Investment")
    assert (target.name, target.model.__name__) == ("investment", "Investment")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("khan_thoms", "'khan_thoms' is no model; did you mean 'khan_thomas'? expected one of investment, "),
        ("xyz", "'xyz' is no model; expected one of investment, "),
        ("no.such.module:Model", "'no.such.module:Model' cannot be imported"),
        ("hetkeras.errors:HetkerasError", "'hetkeras.errors:HetkerasError' is no model"),
        ("hetkeras.contracts.symmetric_economy:SymmetricEconomy", "is no model; expected a subclass of a contract"),
        ("nowhere.py:Model", "nowhere.py cannot be read"),
    ],
)
def test_words_that_name_no_model(word, told):
    with pytest.raises(ModelFileError) as caught:
        find(word)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("words", [[], ["--help"], ["help"]])
def test_without_a_command_it_teaches(words, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["hetkeras", *words])
    program.main()
    told = capsys.readouterr().out
    assert all(f"  {command} " in told for command in program.COMMANDS)


def test_a_wrong_command_is_told_with_the_nearest(monkeypatch):
    monkeypatch.setattr("sys.argv", ["hetkeras", "slove"])
    with pytest.raises(SystemExit, match="'slove' is no command; did you mean 'solve'"):
        program.main()


def test_the_model_comes_first():
    with pytest.raises(CalibrationError, match="--seed=1 is where the model must be; expected: hetkeras solve MODEL"):
        solve.prepare(["--seed=1", "investment"])


@pytest.mark.parametrize("command", [evaluate, table])
@pytest.mark.parametrize("words", [[], ["one", "two"]])
def test_commands_want_one_word(command, words):
    with new_flags():
        command.prepare([])
        flags.FLAGS(["hetkeras"])
        with pytest.raises(HetkerasError, match=f"got {len(words)} .*; expected one"):
            command.main(words)
