"""Proves solutions, a PASS/FAIL table: `hetkeras verify` in a checkout."""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("verify")
