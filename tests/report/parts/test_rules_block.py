from hetkeras.report.parts.rules_block import rules_block
from tests.report.csv_files import write_csv

RULES = [
    {"capital_intercept": 0.05, "capital_slope": 0.82, "price_intercept": 1.0, "price_slope": -0.4},
    {"capital_intercept": 0.06, "capital_slope": 0.81, "price_intercept": 0.9, "price_slope": -0.3},
]
NUMBERS = {"forecast_r2_mean_capital_z1": 0.99996, "forecast_r2_mean_capital_z2": None, "forecast_r2_price_z1": 0.9}


def test_rules_stand_beside_how_well_they_fit(tmp_path):
    write_csv(tmp_path / "rules.csv", RULES)
    _, table = rules_block(tmp_path / "rules.csv", NUMBERS)
    texts = [[cell.text for cell in row] for row in table.rows]
    assert texts[0] == ["z1", "0.0500", "0.8200", "0.999960", "1.0000", "-0.4000", "0.900000"]
    assert texts[1] == ["z2", "0.0600", "0.8100", "not finite", "0.9000", "-0.3000", "–"]
    assert table.spans == (("", 1), ("next period's mean capital", 3), ("price", 3))


def test_runs_without_lines_have_no_such_table(tmp_path):
    assert rules_block(tmp_path / "rules.csv", NUMBERS) == ()
    write_csv(tmp_path / "rules.csv", [{name: row[name] for name in list(row)[:2]} for row in RULES])
    table = rules_block(tmp_path / "rules.csv", {})[1]
    assert [row[0].text for row in table.rows] == ["state 1", "state 2"]
    assert table.header == ("aggregate state", "intercept", "slope", "R²")
