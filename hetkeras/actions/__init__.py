"""Callables that the Trainer runs after each chunk of steps."""
