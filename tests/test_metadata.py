"""What a SavedModel says of itself: whole, of our format and of the right shape, or refused in one line."""

import json
import os
from pathlib import Path

import pytest

from hetkeras.errors import SavedModelError
from hetkeras.json_types import misfit
from hetkeras.metadata import ASSET, Metadata, checksum, read_metadata, sealed

SHIPPED = Path(__file__).parents[1] / "exported_models"
WHOLE = read_metadata(SHIPPED / "investment_linear_n128")
OTHERS = (None, True, 3, 0.5, "text", [], [[1, "a"]], {}, {"a": 1}, {"a": [None, None]}, {"a": {"b": [1]}})


@pytest.fixture
def says(tmp_path):
    """Writes metadata, or any text, into a folder and returns the folder."""

    def write(content):
        asset = tmp_path / ASSET
        asset.parent.mkdir(exist_ok=True)
        asset.write_text(content if isinstance(content, str) else json.dumps(content))
        return tmp_path

    return write


def refusal(path):
    with pytest.raises(SavedModelError) as caught:
        read_metadata(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", sorted(path.name for path in SHIPPED.glob("*/")))
def test_what_ships_has_the_shape(name):
    metadata = read_metadata(SHIPPED / name)
    assert metadata.keys() >= Metadata.__required_keys__
    assert metadata["metadata_sha256"] == checksum(metadata)


@pytest.mark.parametrize("key", sorted(Metadata.__required_keys__ - {"metadata_sha256", "format"}))
def test_each_key_is_needed_and_has_its_type(says, key):
    rest = {name: value for name, value in WHOLE.items() if name != key}
    assert f"it has no '{key}'" in refusal(says(sealed(rest)))
    refused = [other for other in OTHERS if misfit({**WHOLE, key: other}, Metadata, "it")]
    assert len(refused) >= len(OTHERS) - 5  # objects of anything, where anything may be said
    for other in refused:
        assert f"it.{key}" in refusal(says(sealed({**WHOLE, key: other})))


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("bounds", "capital"), [0.5], "it.bounds.capital is [0.5]; expected a list of 2"),
        (("bounds", "capital"), [0.5, "x"], "it.bounds.capital.1 is 'x'; expected a number or null"),
        (("signatures", "policy", "inputs", "capital"), "B", "it.signatures.policy.inputs.capital is 'B'; expected a"),
        (("signatures", "policy", "dtype"), 32, "it.signatures.policy.dtype is 32; expected a text"),
        (
            ("measured", "converged"),
            [1],
            "it.measured.converged is [1]; expected a truth or a number",
        ),
        (("training", "periods"), 0.5, "it.training.periods is 0.5; expected a whole number"),
        (("model_source",), {"file": "a.py", "text": "x"}, "it.model_source has no 'checksum'"),
        (("chains",), {"aggregate": {"levels": 1.0}}, "it.chains.aggregate.levels is 1.0; expected a list"),
    ],
)
def test_parts_have_their_type(says, path, value, told):
    metadata = json.loads(json.dumps(WHOLE))
    *above, last = path
    place = metadata
    for key in above:
        place = place[key]
    place[last] = value
    assert told in refusal(says(sealed(metadata)))


@pytest.mark.parametrize("found", [0, 2, "1", None])
def test_another_format_is_named(says, found):
    assert f"has the format {found!r}; this hetkeras reads format 1" in refusal(
        says(sealed({**WHOLE, "format": found}))
    )


@pytest.mark.parametrize("content", ["[]", "null", "3", '{"metadata_sha256": "0"}'])
def test_what_is_no_sealed_object_is_refused(says, content):
    assert "was edited: its checksum does not match" in refusal(says(content))


@pytest.mark.parametrize("content", ["", "{", "[" * 200_000, '{"a": NaN}', '{"a": -Infinity}', '{"a": 1e999}'])
def test_what_is_no_json_is_refused(says, content):
    assert "is not a SavedModel of hetkeras, or is truncated" in refusal(says(content))


def test_a_file_of_hundreds_of_megabytes_a_pipe_and_a_folder_are_not_read(says):
    path = says("{}")
    os.truncate(path / ASSET, 300 * 2**20)  # a hole: it takes no room
    assert "it has 314572800 bytes; expected at most 67108864" in refusal(path)
    for make, told in ((os.mkfifo, "it is a pipe or a device"), (os.mkdir, "Is a directory")):
        (path / ASSET).unlink()
        make(path / ASSET)
        assert told in refusal(path)


def test_a_broken_number_shows_in_the_checksum():
    assert checksum(WHOLE) == WHOLE["metadata_sha256"]
    assert checksum({**WHOLE, "measured": {}}) != WHOLE["metadata_sha256"]


def test_what_a_measurement_needs_and_metadata_lack_is_named(says):
    training = read_metadata(says(sealed({**WHOLE, "training": {"seed": 0}})))["training"]
    assert training == {"seed": 0}
    assert training.get("periods") is None
    with pytest.raises(SavedModelError, match=r"has no 'periods' among what it says of its training \(seed\)"):
        training["periods"]
