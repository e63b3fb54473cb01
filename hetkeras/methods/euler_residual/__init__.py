"""Permutation-invariant policies that solve an Euler equation (Kahou et al. 2022)."""
