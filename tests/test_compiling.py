"""All graphs go through one place, and are found again in the compile cache whatever ran before."""

import re
from pathlib import Path

import tensorflow as tf

import hetkeras
from hetkeras import compiling
from hetkeras.compiling import compiled

PACKAGE = Path(hetkeras.__file__).parent


def doubled(number):
    return tf.while_loop(lambda t, _: t < 3, lambda t, x: (t + 1, 2 * x), (tf.constant(0), number))[1]


def place_in_block():
    """The number in the name of a traced function, on which the cache's key hangs."""
    name = compiled(doubled).get_concrete_function(tf.TensorSpec((2,))).name.decode()
    return int(name.rpartition("_")[2]) % compiling.BLOCK


def test_names_of_graphs_do_not_tell_what_ran_before():
    before = place_in_block()
    for number in range(100):
        tf.constant(float(number)) + 1.0
    assert place_in_block() == before


def test_a_compiled_function_is_the_function():
    step = compiled(doubled)
    assert step(tf.constant([1.0, 2.0])).numpy().tolist() == [8.0, 16.0]
    assert step.experimental_get_compiler_ir(tf.constant([1.0]))(stage="hlo").startswith("HloModule")
    assert step.python_function.__name__ == "doubled"


def test_nothing_else_makes_graphs():
    for path in [*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "apps").rglob("*.py")]:
        code = re.sub(r'"""[\s\S]*?"""', "", path.read_text(encoding="utf-8"))
        assert path.name == "compiling.py" or "tf.function" not in code, path
