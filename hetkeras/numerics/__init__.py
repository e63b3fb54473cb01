"""Chains, splines and random draws; no economics."""
