"""Solves investment under uncertainty in an industry of N firms (Kahou et al. 2022): `hetkeras solve investment`.

Examples:
  python -m apps.solve_investment --run_dir=runs/linear
  python -m apps.solve_investment --run_dir=runs/nu15 --set=demand_curvature=1.5
  python -m apps.solve_investment --run_dir=runs/large --set=num_firms=10000
  python -m apps.solve_investment --run_dir=runs/types --set=productivity_types=0.9,1.1 --set=type_shares=0.5,0.5
"""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("solve", "investment")
