"""Solves households whose jobs depend on the business cycle (Krusell and Smith 1998): `hetkeras solve krusell_smith`.

In a checkout, with endogenous grid points, a distribution on nodes and forecast rules, at the calibration of the JEDC.

Examples:
  python -m apps.solve_krusell_smith --run_dir=runs/krusell_smith
  python -m apps.solve_krusell_smith --run_dir=runs/averse --set=risk_aversion=3
  python -m apps.solve_krusell_smith --run_dir=runs/indebted --set=borrowing_limit=-2
"""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("solve", "krusell_smith")
