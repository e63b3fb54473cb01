"""How a page says that a value over binary states is loaded."""

import json

from hetkeras.report.parts.loading import loading
from tests.report.flip_files import COUNT, DIAGNOSTICS, METADATA


def test_the_snippet_starts_from_nothing_with_as_many_elements_as_there_are(flip_run):
    text, code = (block.text for block in loading(flip_run, DIAGNOSTICS))
    compile(code, "snippet", "exec")
    assert text.endswith(f"any B will do; J is {COUNT}.")
    assert (
        f'"active": tf.cast(tf.fill([4, {COUNT}], 0), "float32"),  # [B, J]: 1 where the firm exports, else 0' in code
    )
    assert f'"cost": tf.cast(tf.fill([4, {COUNT}], 0.8), "float32"),  # [B, J]: units of' in code
    for name, axes in METADATA["signatures"]["policy"]["outputs"].items():
        assert f'print(policy(**inputs)["{name}"])  # [{", ".join(axes)}]' in code
    assert "opportunity" not in code


def test_without_their_number_the_snippet_lists_the_signatures(flip_run):
    text, code = (block.text for block in loading(flip_run, {}))
    compile(code, "snippet", "exec")
    assert "any B will do" in text
    assert "structured_input_signature" in code


def test_a_range_without_an_end_does_not_break_the_snippet(flip_run):
    asset = flip_run / "saved_model" / "assets" / "hetkeras.json"
    asset.write_text(json.dumps(METADATA | {"bounds": {"cost": [0.2, None]}}))
    code = loading(flip_run, DIAGNOSTICS)[1].text
    assert f'"cost": tf.cast(tf.fill([4, {COUNT}], 1), "float32")' in code
