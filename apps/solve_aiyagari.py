"""Solves households' insurance with capital that firms rent (Aiyagari 1994): `hetkeras solve aiyagari` in a checkout.

Examples:
  python -m apps.solve_aiyagari --run_dir=runs/aiyagari
  python -m apps.solve_aiyagari --run_dir=runs/risky --set=volatility=0.4
  python -m apps.solve_aiyagari --run_dir=runs/fine --solver=num_assets=2000
"""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("solve", "aiyagari")
