"""The commit of a result is that of the checkout of hetkeras, never of the repository of its user."""

import subprocess

import keras
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.provenance import commit, configure_device


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository of git with one commit: its folder and the commit."""

    def make(*files):
        for name, text in (("notes.txt", "mine"), *files):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "first"]):
            subprocess.run(["git", "-C", tmp_path, *words], check=True, capture_output=True)
        head = subprocess.run(["git", "-C", tmp_path, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
        return tmp_path, head.stdout.strip()

    return make


SETUP = ("setup.py", 'setup(\n    name="hetkeras",\n)')
PACKAGE = ("hetkeras/__init__.py", "")


def test_a_checkout_of_hetkeras_has_its_commit(repository, monkeypatch):
    folder, head = repository(SETUP, PACKAGE)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert commit(folder / "hetkeras") == head


@pytest.mark.parametrize("setup", [("setup.py", 'setup(name="mine")'), ("other.txt", "")])
def test_a_copy_in_the_repository_of_a_user_has_none(repository, setup):
    folder, _ = repository(setup, PACKAGE)
    assert commit(folder / "hetkeras") is None


def test_neither_has_an_installed_package(repository):
    folder, _ = repository()
    place = folder / ".venv" / "lib"
    (place / "hetkeras").mkdir(parents=True)
    (place / "setup.py").write_text(SETUP[1])
    assert commit(place / "hetkeras") is None


def test_a_checkout_that_git_does_not_follow_has_none(repository):
    folder, _ = repository(SETUP)
    (folder / "hetkeras").mkdir()
    assert commit(folder / "hetkeras") is None


def test_another_backend_of_keras_is_told(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(CalibrationError, match="Keras computes with jax; set KERAS_BACKEND=tensorflow"):
        configure_device()
