"""Files with the defects of the real world: each is read rightly, or refused in one line that says how to mend it."""

from pathlib import Path

import pytest

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.aggregate_paths import aggregate_path
from hetkeras.methods.krusell_smith.rules.first import first_rules
from hetkeras.models.export_entry.geography import read_geography
from hetkeras.models.khan_thomas import KhanThomas
from hetkeras.models.production_network.input_output import read_table
from hetkeras.models.production_network.planner import ProductionNetwork

INPUTS = Path(__file__).parents[2] / "shared" / "inputs"
READERS = {
    "map": read_geography,
    "table": lambda path: ProductionNetwork(**read_table(path)).as_dict(),
    "shocks": lambda path: aggregate_path(KhanThomas(), path).tolist(),
    "rules": lambda path: first_rules(path, KhanThomas(), 1.0, 0).coefficients.numpy().tolist(),
}
SAME = ("map_bom", "map_crlf", "map_trailing_blank", "table_blank_rows", "shocks_bom", "shocks_float")
OTHER = ("map_na_words", "table_comma_names_bom")  # right, with another content
REFUSED = {
    "map_column_twice": "columns 4 and 11 have the same name",
    "map_decimal_comma_unquoted": "line 2 has 15 cells under 10 columns; quote cells that have commas",
    "map_latin1": "line 2 is not UTF-8; its encoding is probably Latin-1 .* save it as UTF-8",
    "map_minus_99": "line 4: latitude is out of range; expected from -90 to 90",
    "map_missing": "line 4: the cell of revenue is missing; fill it in",
    "map_semicolon": "cells are separated by semicolons; write it with commas",
    "map_short": "line 2 has 9 cells under 10 columns",
    "map_twice": "line 6: the destination of line 2 is there again",
    "rules_explosive": "mean capital explodes with slopes of 1.2 to 1.2; expected a capital_slope below 1",
    "rules_four_of_five": "holds 4 rules; expected 5 rows",
    "rules_semicolon": "cells are separated by semicolons; write it with commas",
    "shocks_constant": "never visits the states 0, 1, 3, 4 of 5",
    "shocks_middle_states_only": "never visits the states 0, 4 of 5 .*; if its indices count from 1, take 1 from each",
    "shocks_levels": "line 2: aggregate is no index; expected indices from 0 to 4 of aggregate states",
    "shocks_rows_shifted": "line 2 has 3 cells under 2 columns",
    "shocks_semicolon": "cells are separated by semicolons; write it with commas",
    "table_flows": "sector 0 has a share of inputs above 1; .* divide flows by what the sector sells",
    "table_pandas_index": r"column 1 has no name; name it or take it out \(pandas: to_csv\(index=False\)\)",
    "table_percent": "line 3: column 4 is no plain number; .* without the percent sign",
    "table_total": "row or column of sector 3, counted from 0, is the sum of the others; take out totals",
    "table_semicolon": "cells are separated by semicolons; write it with commas",
}
FILES = sorted(path.stem for path in INPUTS.glob("*.csv"))
pytestmark = pytest.mark.skipif(not FILES, reason="the files with defects are not beside this checkout")


def read(name):
    return READERS[name.partition("_")[0]](INPUTS / f"{name}.csv")


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_read_rightly_or_refused_in_one_line(name):
    kind = name.partition("_")[0]
    if name in REFUSED:
        with pytest.raises(CalibrationError, match=REFUSED[name]) as caught:
            read(name)
        assert "\n" not in str(caught.value)
        return
    found = read(name)
    assert name in (f"{kind}_good", *SAME, *OTHER)
    assert name not in SAME or found == read(f"{kind}_good")


@pytest.mark.skipif("map_na_words" not in FILES, reason="that file is not beside this checkout")
def test_unknown_languages_and_agreements_bring_nobody_closer(tmp_path):
    """As if each had one of its own."""
    text = (INPUTS / "map_na_words.csv").read_text()
    for place in "abc":
        text = text.replace("NA,NA", f"{place},{place}", 1)
    (tmp_path / "map.csv").write_text(text)
    assert read_geography(INPUTS / "map_na_words.csv") == read_geography(tmp_path / "map.csv")
