"""Households under aggregate shocks: endogenous grid points, a distribution that moves, forecasts of mean capital."""
