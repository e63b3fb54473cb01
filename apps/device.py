"""TensorFlow's start-up and the device that it computes on. Importing this imports TensorFlow without its chatter."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

PRECISIONS = ("float32", "tensorfloat32", "float64")


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Withholds what TensorFlow's native start-up prints about absent GPUs; shows all of it if an error follows."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as withheld:
        os.dup2(withheld.fileno(), 2)
        try:
            yield
        except BaseException:
            withheld.seek(0)
            os.write(terminal, withheld.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with quiet_stderr():
    import keras
    import tensorflow as tf
tf.get_logger().setLevel("ERROR")


def configure_device(precision: str) -> str:
    """Sets precision and GPU memory growth before anything is built; returns the device in words."""
    keras.config.set_floatx("float64" if precision == "float64" else "float32")
    tf.config.experimental.enable_tensor_float_32_execution(precision == "tensorfloat32")
    with quiet_stderr():
        gpus = tf.config.list_physical_devices("GPU")
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        tf.constant(0.0)  # starts the runtime, with its messages
    if gpus:
        return "GPU " + ", ".join(
            tf.config.experimental.get_device_details(gpu).get("device_name", "?") for gpu in gpus
        )
    return f"CPU, {os.environ.get('TF_NUM_INTRAOP_THREADS', os.cpu_count())} threads"
