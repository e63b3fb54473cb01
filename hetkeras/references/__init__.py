"""Exact and near-exact solutions by classical numerics, to test networks against. NumPy and SciPy only."""
