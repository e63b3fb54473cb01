"""Solves lumpy investment under aggregate shocks (Khan and Thomas 2008): `hetkeras solve khan_thomas` in a checkout.

Examples:
  python -m apps.solve_khan_thomas --run_dir=runs/khan_thomas
  python -m apps.solve_khan_thomas --run_dir=runs/classical --method=grid
  python -m apps.solve_khan_thomas --run_dir=runs/costly --set=largest_cost=0.0166
  python -m apps.solve_khan_thomas --run_dir=runs/paper --networks=paper
  python -m apps.solve_khan_thomas --run_dir=runs/wide --width=96 --solver=round_steps=1500 --solver=tolerance=1e-4
"""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("solve", "khan_thomas")
