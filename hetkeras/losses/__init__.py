"""Losses are pure functions that return a `LossOutput`."""
