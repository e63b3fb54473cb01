"""Measures a SavedModel again: `hetkeras evaluate` in a checkout."""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("evaluate")
