"""What is wrong for the investment program, how programs run in processes of their own, and what a refusal is."""

from tests import forked
from tests.apps.many_runs import ROOT

BAD_INPUT = [
    (["--set=num_firms=0", "--set=demand_curvature=0.5"], ["num_firms is 0", "nu >= 1"]),
    (["--set=initial_mean=nan"], ["finite"]),
    (["--set=discount_facto=0.9"], ["did you mean 'discount_factor'"]),
    (["--run_dir=/proc/no/such"], ["cannot be written"]),
    (["--learning_rate=-1"], ["--learning_rate=-1", "expected above 0"]),
    (["--idiosyncratic_draws=3"], ["idiosyncratic_draws is 3", "an even number"]),
]


def alone(program, *flags):
    """Runs a program in a process of its own that has imported TensorFlow."""
    return forked.run(["-m", f"apps.{program}", *flags], ROOT)


def refused(done, *words):
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in ("error:", *words)), done.stderr
