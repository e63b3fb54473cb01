"""The commit that is recorded is that of hetkeras, or none."""

import subprocess

import pytest

from hetkeras import provenance


@pytest.fixture
def repository(tmp_path):
    """A user's repository, in whose folder hetkeras may be installed."""

    def git(*words):
        identity = "-c", "user.name=a", "-c", "user.email=a@b"
        return subprocess.run(["git", "-C", tmp_path, *identity, *words], capture_output=True, text=True, check=True)

    git("init")
    git("commit", "--allow-empty", "-m", "first")
    (tmp_path / ".venv" / "site-packages").mkdir(parents=True)
    return tmp_path, git("rev-parse", "HEAD").stdout.strip()


def test_the_commit_of_a_checkout_is_told_and_of_another_around_it_is_not(repository, monkeypatch):
    path, head = repository
    assert provenance.commit(path) == head
    assert provenance.commit(path / ".venv" / "site-packages") is None
    monkeypatch.setenv("GIT_DIR", str(path / ".git"))
    assert provenance.commit(path.parent) is None


def test_without_git_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.commit(tmp_path) is None
