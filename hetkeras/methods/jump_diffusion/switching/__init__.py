"""Opportunities that follow a Markov chain of regimes: binary states take turns."""
