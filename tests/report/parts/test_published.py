import json

import pytest

from hetkeras.report.parts.published import binary_name, labeled, published, regime_name

OURS, THEIRS = "hetkeras.models.export_entry:ExportEntry", "my_model.py:ExportEntry"


def write(directory, metadata, run):
    asset = directory / "saved_model" / "assets" / "hetkeras.json"
    for path, value in ((asset, metadata), (directory / "run.json", run)):
        if value is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value))
    return directory


@pytest.mark.parametrize(
    ("metadata", "run", "ours"),
    [
        ({"model_class": OURS}, {"model": "Shops", "model_file": "my_model.py"}, True),
        ({"model_class": THEIRS}, {"model": "ExportEntry"}, False),
        ({"model_class": "their.hetkeras.models.copy:ExportEntry"}, {"model": "ExportEntry"}, False),
        ({"model_class": "hetkeras.models.bloom:Bloom"}, {"model": "ExportEntry"}, False),
        (None, {"model": "ExportEntry"}, True),
        (None, {"model": "ExportEntry", "model_file": "my_model.py"}, False),
        (None, {"model": "Bloom"}, False),
        ({"model": "Bloom"}, {"model": "ExportEntry"}, False),
        ({"bounds": {}}, {"model": "ExportEntry"}, True),
        ({"model": "ExportEntry"}, None, True),
        (None, None, False),
    ],
)
def test_the_class_decides_then_the_name(tmp_path, metadata, run, ours):
    assert published(write(tmp_path, metadata, run), "ExportEntry", "ProductionNetwork") is ours


def test_labels_have_the_units_that_are_known():
    metadata = {"units": {"lagged_labor": "heads", "rent": ""}}
    assert labeled(metadata, "lagged_labor") == "lagged labor (heads)"
    assert labeled(metadata, "lagged_labor", "labor") == "labor (heads)"
    assert labeled(metadata, "rent") == "rent"
    assert labeled({}, "mean_capital") == "mean capital"


def test_binary_states_and_turns_have_the_names_of_the_inputs():
    inputs = {"shop_rent": ["B", "J"], "shop_open": ["B", "J"], "skill": ["B", "D"], "guild": ["B"]}
    metadata = {"bounds": {"shop_rent": [0, 1]}, "signatures": {"policy": {"inputs": inputs}}}
    assert (binary_name(metadata), regime_name(metadata)) == ("shop open", "guild")
    assert (binary_name({}), regime_name({})) == ("", "")
