"""Firms that choose two stocks in four branches, each stock moved or left (Bloom et al. 2018)."""
