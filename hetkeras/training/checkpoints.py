"""Checkpoints of a run: each appears whole or not at all, and the newest that is whole is found by its files.

TensorFlow's own manager believes a file called `checkpoint`; when that is lost or garbled it starts anew, without a
word, and overwrites. Here that file is written for other programs alone, and read only to tell what was lost.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import tensorflow as tf

from hetkeras.errors import RunDirectoryError, first_line, unwritten
from hetkeras.files import check_regular, remove, remove_unfinished, write_text

KEPT = 2
SAVING = "saving"  # the folder in which a checkpoint is made
KNOWN = "checkpoint"  # the file that names checkpoints to other programs
PREFIX = re.compile(r"ckpt-(\d{1,10})(.*)")


class Checkpoints:
    """The last checkpoints in a folder.

    Args:
      folder: created with the first one.
      state: what they keep.
    """

    def __init__(self, folder: Path, state: tf.train.Checkpoint) -> None:
        self.folder, self._state = Path(folder), state
        self._steps: list[int] = []  # of checkpoints that are whole, newest first
        int(state.save_counter)  # creates it, so that every checkpoint has it as those of earlier versions do

    @property
    def latest(self) -> str | None:
        """Prefix of the newest that is whole; None if there is none yet."""
        return self._prefix(self._steps[0]) if self._steps else None

    def restore(self) -> None:
        """Loads the newest that is whole, if there ever was one, and says which are not.

        Raises:
          RunDirectoryError: if there were checkpoints and none can be restored.
        """
        try:
            failed: dict[int, str] = {}
            for step in self._found():
                if (problem := self._problem(step)) is None:
                    self._steps = [step]
                    break
                failed[step] = problem
            else:
                self._refuse(failed)
            for step, problem in failed.items():
                print(
                    f"checkpoint {self._prefix(step)} is damaged ({problem}); resumed from {self.latest}",
                    file=sys.stderr,
                )
            self._remove_leftovers(len(failed) + KEPT)
        except OSError as error:
            raise RunDirectoryError(
                f"{self.folder} cannot be used ({error}); give permission, or use another --run_dir"
            ) from error

    def save(self, step: int) -> None:
        """Keeps the state as it is now.

        Raises:
          RunDirectoryError: if it cannot be written; earlier ones stay.
        """
        try:
            self._write(step)
            self._steps = [step, *(each for each in self._steps if each != step)][:KEPT]
            names = [f'model_checkpoint_path: "ckpt-{step}"']
            names += [f'all_model_checkpoint_paths: "ckpt-{each}"' for each in reversed(self._steps)]
            write_text(self.folder / KNOWN, "\n".join(names) + "\n")
            for entry in self.folder.iterdir():
                if (found := PREFIX.fullmatch(entry.name)) and int(found[1]) not in self._steps:
                    remove(entry)
        except (OSError, tf.errors.OpError) as error:
            raise unwritten(self._prefix(step), error) from error

    def _write(self, step: int) -> None:
        """Makes the files in a folder of their own; the index comes last and makes a checkpoint of the others."""
        saving = self.folder / SAVING
        remove(saving)
        saving.mkdir(parents=True)
        self._state.write(str(saving / f"ckpt-{step}"))
        for earlier in self.folder.glob(f"ckpt-{step}.*"):
            remove(earlier)
        for file in sorted(saving.iterdir(), key=lambda file: file.suffix == ".index"):
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
            os.replace(file, self.folder / file.name)
        saving.rmdir()

    def _problem(self, step: int) -> str | None:
        """Loads a checkpoint; says why it cannot be, where it is damaged or of another network.

        Raises:
          PermissionError: if it may not be read, which is no damage.
        """
        try:
            for file in self.folder.glob(f"ckpt-{step}.*"):
                check_regular(file)
                file.open("rb").close()
            self._state.restore(self._prefix(step)).assert_existing_objects_matched().assert_consumed()
        except PermissionError:
            raise
        except Exception as error:  # TensorFlow tells damage in many ways
            return first_line(error)
        return None

    def _found(self) -> list[int]:
        """Steps of all checkpoints that are or should be there, newest first."""
        if not self.folder.exists():
            return []
        matches = [PREFIX.fullmatch(entry.name) for entry in self.folder.iterdir()]
        indexed = {int(match[1]) for match in matches if match and match[2] == ".index"}
        return sorted(indexed | self._known(), reverse=True)

    def _known(self) -> set[int]:
        """Steps that the file for other programs names; none where it is garbled."""
        known = self.folder / KNOWN
        if not known.is_file():
            return set()
        return {
            int(step) for step in re.findall(r'ckpt-(\d{1,10})"', known.read_text(encoding="utf-8", errors="replace"))
        }

    def _refuse(self, failed: dict[int, str]) -> None:
        """Raises unless no checkpoint was ever complete: a run that was killed early starts anew.

        Raises:
          RunDirectoryError: naming the newest.
        """
        again = f"Start again with another --run_dir, or delete {self.folder.parent}"
        for step, problem in failed.items():
            raise RunDirectoryError(f"checkpoint {self._prefix(step)} cannot be restored ({problem}). {again}")
        if os.path.lexists(self.folder / KNOWN):
            raise RunDirectoryError(f"{self.folder} had checkpoints, of which none is left. {again}")

    def _remove_leftovers(self, kept: int) -> None:
        """Deletes what kills inside a save have left, older checkpoints than so many among it."""
        if not self.folder.exists():
            return
        remove_unfinished(self.folder)
        steps = self._found()[:kept]
        for entry in self.folder.iterdir():
            found = PREFIX.fullmatch(entry.name)
            partial = found is not None and (found[2].endswith("_temp") or int(found[1]) not in steps)
            blocking = entry.name == KNOWN and entry.is_dir()  # no file could take its name
            if partial or blocking or entry.name == SAVING or entry.name.startswith(f"{KNOWN}.tmp"):
                remove(entry)

    def _prefix(self, step: int) -> str:
        return str(self.folder / f"ckpt-{step}")
