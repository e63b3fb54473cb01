"""Solves households' insurance with one bond in fixed supply (Huggett 1993): `hetkeras solve huggett` in a checkout.

Examples:
  python -m apps.solve_huggett --run_dir=runs/huggett
  python -m apps.solve_huggett --run_dir=runs/face_values --set=budget=face_values
  python -m apps.solve_huggett --run_dir=runs/indebted --set=borrowing_limit=-1 --set=bonds=0
"""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("solve", "huggett")
