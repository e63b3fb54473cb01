"""Keeps the chatter of native code off the terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Withholds what TensorFlow's native start-up prints about absent GPUs; shows all of it if an error follows."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as withheld:
        os.dup2(withheld.fileno(), 2)
        try:
            yield
        except Exception:
            withheld.seek(0)
            os.write(terminal, withheld.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
