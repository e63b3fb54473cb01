"""Households that save in one asset: endogenous grid points, a histogram, and the rate that clears its market."""
