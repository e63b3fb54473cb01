"""Runs a table of solves: `hetkeras table` in a checkout."""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("table")
