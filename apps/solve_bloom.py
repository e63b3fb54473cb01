"""Solves uncertainty shocks with costs of adjusting capital and labor (Bloom et al. 2018): `hetkeras solve bloom`.

Examples:
  python -m apps.solve_bloom --run_dir=runs/bloom
  python -m apps.solve_bloom --run_dir=runs/bloom_paper --preset=paper
  python -m apps.solve_bloom --run_dir=runs/bloom_grid --preset=paper --method=grid
  python -m apps.solve_bloom --run_dir=runs/calm --set=regime_transition=0.999,0.001,0.5,0.5
  python -m apps.solve_bloom --run_dir=runs/again --first_rules=runs/bloom/rules.csv --width=256 --depth=3
  python -m apps.solve_bloom --run_dir=runs/cheap --set=fixed_labor_cost=0.084 --solver=first_steps=8000
"""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("solve", "bloom")
