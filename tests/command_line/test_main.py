"""What the command says before anything is imported."""

import io
import sys

import pytest

from hetkeras.command_line import main


class Terminal(io.StringIO):
    def isatty(self):
        return True


class LoadsError(Exception):
    pass


@pytest.mark.parametrize(
    ("stream", "words", "said"),
    [
        (Terminal, ["solve", "khan_thomas"], "starting: TensorFlow takes some seconds to load\n"),
        (Terminal, ["solve", "--help"], ""),
        (io.StringIO, ["solve", "khan_thomas"], ""),
    ],
)
def test_a_terminal_is_told_that_loading_takes_seconds(monkeypatch, stream, words, said):
    def loads(name):
        raise LoadsError(name)

    monkeypatch.setattr(sys, "stderr", stream())
    monkeypatch.setattr(main.importlib, "import_module", loads)
    with pytest.raises(LoadsError, match=r"command_line\.device"):
        main._run(words)
    assert sys.stderr.getvalue() == said
