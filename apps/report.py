"""Draws the page of a run or of a study: `hetkeras report` in a checkout."""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("report")
