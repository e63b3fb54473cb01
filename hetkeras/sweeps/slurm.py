"""A Slurm cluster, by submitit: arrays of jobs, each of which carries out some calls, one after another.

A job that is preempted or runs out of time is queued again and goes on with the calls that have no result yet. Results
are files in a folder that all nodes see.
"""

from __future__ import annotations

import pickle
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hetkeras.errors import SweepError, first_line, one_line
from hetkeras.files import write_bytes
from hetkeras.sweeps.engine import CALLS, Call, Ended, prepare_worker

POLL = 0.25  # seconds between two looks at the folder
MINUTES = 24 * 60  # of a job, unless timeout_min is given
TIMEOUTS = 1000  # after which a job is not queued again
PROGRAMS = ("sbatch", "srun", "sacct", "scancel", "scontrol")
PACKAGE = "the package submitit is not installed; install it with: pip install 'hetkeras[slurm]'"


class Slurm:
    """An engine of jobs.

    Args:
      folder: of results and logs, on a file system that all nodes share.
      workers: jobs at a time.
      calls_each: of a job.
      cluster: "slurm"; "local" runs jobs as processes of this machine.
      parameters: of submitit, such as timeout_min, slurm_partition, cpus_per_task, mem_gb.

    Raises:
      SweepError: if submitit or Slurm is not there, or a parameter is unknown.
    """

    def __init__(
        self, folder: Path, workers: int, calls_each: int = CALLS, cluster: str = "slurm", **parameters: Any
    ) -> None:
        try:
            import submitit
        except ImportError as error:
            raise SweepError(PACKAGE) from error
        if cluster == "slurm" and (lacking := [name for name in PROGRAMS if not shutil.which(name)]):
            raise SweepError(
                f"there is no Slurm here (no {', '.join(lacking)}); start it on a node of a cluster, or use processes"
            )
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._workers, self._calls_each = folder, workers, calls_each
        self._at_once = None if cluster == "slurm" else workers  # Slurm counts the jobs of an array itself
        again = {"slurm_max_num_timeout": TIMEOUTS} if cluster == "slurm" else {}
        self._executor = submitit.AutoExecutor(folder / "%j", cluster=cluster, **again)
        limit = {"slurm_array_parallelism": workers} if cluster == "slurm" else {}
        try:
            self._executor.update_parameters(**{"name": "hetkeras", "timeout_min": MINUTES, **limit, **parameters})
        except (NameError, AssertionError, TypeError, ValueError) as error:
            raise SweepError(f"submitit refuses the parameters of jobs: {first_line(error)}") from error
        self._jobs: dict[Any, Batch] = {}

    def run(self, calls: Sequence[Call]) -> Iterator[Ended]:
        import cloudpickle

        results = Path(tempfile.mkdtemp(prefix="results", dir=self._folder))
        each = max(1, min(self._calls_each, -(-len(calls) // self._workers)))
        waiting = {place: cloudpickle.dumps(call) for place, call in enumerate(calls)}
        try:
            while waiting or self._jobs:
                if waiting and (self._at_once is None or len(self._jobs) < self._at_once):
                    self._submit(waiting, each, results)
                yield from self._looked(waiting)
                time.sleep(POLL)
        finally:
            if not self._jobs:
                shutil.rmtree(results, ignore_errors=True)

    def close(self) -> None:
        for job in self._jobs:
            job.cancel()
        self._jobs.clear()

    def _submit(self, waiting: dict[int, bytes], each: int, results: Path) -> None:
        """Starts jobs for what is waiting, as many as may be.

        Raises:
          SweepError: if Slurm takes none.
        """
        batches: list[Batch] = []
        while waiting and (self._at_once is None or len(self._jobs) + len(batches) < self._at_once):
            batches.append(Batch({place: waiting.pop(place) for place in list(waiting)[:each]}, results))
        from submitit.core.utils import FailedJobError

        try:
            with self._executor.batch():
                jobs = [self._executor.submit(batch) for batch in batches]
        except FailedJobError as error:
            raise SweepError(f"Slurm refuses the jobs: {one_line(str(error))}") from error
        self._jobs.update(zip(jobs, batches, strict=True))

    def _looked(self, waiting: dict[int, bytes]) -> Iterator[Ended]:
        """What has come, and of jobs that have ended the call that they were at; those behind it wait again."""
        for job, batch in list(self._jobs.items()):
            over = job.done()
            yield from batch.ended()
            if over:
                del self._jobs[job]
                if batch.calls:
                    at = next(iter(batch.calls))
                    waiting.update({place: call for place, call in batch.calls.items() if place != at})
                    yield Ended(at, lost=f"its job {job.job_id} ended without it ({str(job.state).lower()})")


class Batch:
    """Calls of one job, and their results.

    Args:
      calls: place -> pickled call.
      folder: where each result is a file, named by its place.
    """

    def __init__(self, calls: dict[int, bytes], folder: Path) -> None:
        self.calls, self._folder = calls, folder

    def __call__(self) -> None:
        prepare_worker()
        for place, call in self.calls.items():
            if not (path := self._folder / str(place)).exists():
                answer: tuple[Any, Exception | None]
                try:
                    answer = pickle.loads(call)(), None
                except Exception as error:  # it is raised where the sweep is
                    answer = None, error
                write_bytes(path, pickle.dumps(answer))

    def checkpoint(self) -> Any:
        """What submitit queues again when the job is preempted."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)

    def ended(self) -> Iterator[Ended]:
        """Takes calls out that have a result."""
        for place in list(self.calls):
            if not (path := self._folder / str(place)).exists():
                return
            value, error = pickle.loads(path.read_bytes())
            del self.calls[place]
            if error is not None:
                raise error
            yield Ended(place, value)
