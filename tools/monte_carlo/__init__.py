"""Monte Carlo of estimation: many data sets from a known truth, an estimate of each, and what its inference claimed."""
