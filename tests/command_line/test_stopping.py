"""Ctrl-C and SIGTERM end a program with one line, wherever they come."""

import os
import signal
import subprocess
import sys
import time

import pytest

from hetkeras.command_line import stopping

BUSY = """
import hashlib, signal, time
from hetkeras.command_line import stopping

signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
stopping.GRACE = 0.2
with stopping.heard():
    print("ready", flush=True)
    {work}
"""
WORK = {
    "python": "time.sleep(30)",
    "native": 'hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)',  # minutes without a look at signals
    "swallowed": """
    for _ in range(10):
        try:
            time.sleep(3)
        except BaseException:
            pass
""",
    "turned": """
    try:
        time.sleep(30)
    except KeyboardInterrupt:
        raise ImportError("numpy failed to initialize")
""",
}


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize(("number", "word"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_a_signal_ends_the_program_with_one_line(work, number, word):
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY.format(work=WORK[work])], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert err == f"{word}: start the same command again; a solve resumes from its last checkpoint\n"
    assert time.monotonic() - began < 10


def test_handlers_are_as_they_were_afterwards():
    before = [signal.getsignal(number) for number in stopping.WORDS]
    with stopping.heard():
        assert signal.getsignal(signal.SIGTERM) not in before
    assert [signal.getsignal(number) for number in stopping.WORDS] == before


def test_a_signal_that_is_ignored_stays_so():
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stopping.heard():
            os.kill(os.getpid(), signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, kept)


def test_an_error_is_left_to_others():
    with pytest.raises(ValueError, match="mine"), stopping.heard():
        raise ValueError("mine")
