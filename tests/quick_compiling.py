"""XLA takes half the time for a test: it optimizes less, and does without its newest emitters.

Programs that have a process of their own compile as users do, and so does all that `make validate` and `make verify`
run.
"""

import os

FLAGS = (
    "--xla_backend_optimization_level=1 --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
)


def start():
    """For this process, before TensorFlow starts, unless other flags are asked for; none are an empty text."""
    os.environ.setdefault("XLA_FLAGS", FLAGS)


def as_users_do():
    """The environment without it."""
    return {name: value for name, value in os.environ.items() if (name, value) != ("XLA_FLAGS", FLAGS)}
