"""Grids, splines and policy iteration that the references share."""
