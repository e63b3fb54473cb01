"""Networks of values over binary states."""
