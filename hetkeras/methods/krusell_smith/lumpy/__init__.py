"""Firms that choose one stock, or leave it, at a random fixed cost (Khan and Thomas 2008)."""
