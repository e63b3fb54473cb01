"""Networks of values over binary states and regimes."""
