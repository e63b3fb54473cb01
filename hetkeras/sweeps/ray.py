"""Ray: the cluster that RAY_ADDRESS names, or one of this machine."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

from hetkeras.errors import SweepError, first_line
from hetkeras.sweeps.engine import CALLS, Call, Ended, prepare_worker

ADDRESS = "RAY_ADDRESS"
PACKAGE = "the package ray is not installed; install it with: pip install 'hetkeras[ray]'"


class Ray:
    """An engine of Ray's workers, each on one core.

    Args:
      workers: at a time.
      calls_each: of a worker before another takes its place.

    Raises:
      SweepError: if Ray is not there, or its cluster does not answer.
    """

    def __init__(self, workers: int, calls_each: int = CALLS) -> None:
        try:
            import ray
        except ImportError as error:
            raise SweepError(PACKAGE) from error
        self._workers, self._calls_each, self._started = workers, calls_each, not ray.is_initialized()
        if self._started:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers
            own: dict[str, Any] = {} if os.environ.get(ADDRESS) else {"num_cpus": workers, "include_dashboard": False}
            try:
                ray.init(logging_level=logging.ERROR, log_to_driver=False, **own)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise SweepError(f"Ray does not start, or {ADDRESS} does not answer: {first_line(error)}") from error

    def run(self, calls: Sequence[Call]) -> Iterator[Ended]:
        import cloudpickle
        import ray

        remote = ray.remote(num_cpus=1, max_retries=0, max_calls=self._calls_each)(_carry_out)
        waiting = list(enumerate(calls))[::-1]
        running: dict[Any, int] = {}
        while waiting or running:
            while waiting and len(running) < self._workers:
                place, call = waiting.pop()
                running[remote.remote(cloudpickle.dumps(call))] = place
            for reference in ray.wait(list(running), num_returns=1)[0]:
                yield _ended(running.pop(reference), reference)

    def close(self) -> None:
        import ray

        if self._started:
            ray.shutdown()


def _carry_out(call: bytes) -> Any:
    prepare_worker()
    return pickle.loads(call)()


def _ended(place: int, reference: Any) -> Ended:
    import ray

    try:
        return Ended(place, ray.get(reference))
    except ray.exceptions.RayTaskError as error:  # of the call itself
        raise error.cause from error
    except ray.exceptions.RayError as error:
        return Ended(place, lost=f"its worker ended ({type(error).__name__})")
