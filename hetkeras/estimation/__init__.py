"""Estimation by simulated moments: search, inference, identification, for any function of parameters to moments."""
